#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace echelon {

/// Samples per block. Activations are stored as [block][unit][lane], a lane being a sample of the
/// block, so that every kernel runs over lanes with unit stride. The last block is padded.
inline constexpr int block_samples = 64;

/// Keeps large buffers for reuse: a fresh one costs a page fault per 4 kB.
template <class Real>
class BufferPool : public std::enable_shared_from_this<BufferPool<Real>> {
 public:
  using Buffer = std::shared_ptr<Real[]>;

  ~BufferPool() {
    for (const Idle& idle : idle_) release(idle.memory);
  }

  /// `count` values, 64-byte aligned, with any content; comes back to the pool by itself.
  Buffer take(std::size_t count) {
    const auto found = std::find_if(idle_.begin(), idle_.end(),
                                    [=](const Idle& idle) { return idle.count == count; });
    Real* memory = nullptr;
    if (found == idle_.end()) {
      memory = new (alignment) Real[count];
    } else {
      memory = found->memory;
      idle_.erase(found);
    }
    return Buffer(memory, [pool = this->shared_from_this(), count](Real* done) {
      pool->idle_.push_back({count, done});
    });
  }

 private:
  struct Idle {
    std::size_t count;
    Real* memory;
  };
  static constexpr std::align_val_t alignment{64};
  static void release(Real* memory) { ::operator delete[](memory, alignment); }

  std::vector<Idle> idle_;
};

/// One block of activations as the kernels read it: unit u at base + u * block_samples, except that
/// unit `row` (if not negative) is read from `override_row`.
template <class Real>
struct BlockView {
  const Real* base;
  int units;
  int row;
  const Real* override_row;

  const Real* unit(int u) const { return u == row ? override_row : base + u * block_samples; }
};

/// What leaves one layer for this rank's samples. A row change shares the large buffer of the
/// branch it came from and carries its own row beside it.
template <class Real>
class Activations {
 public:
  using Buffer = typename BufferPool<Real>::Buffer;

  /// Unwritten activations, for block() to fill.
  Activations(int units, int blocks, BufferPool<Real>& pool) : units_(units), blocks_(blocks) {
    base_ = pool.take(size());
  }

  /// A branch equal to `current` but for one row, whose values are still to be written to row().
  Activations(const Activations& current, int row, BufferPool<Real>& pool)
      : units_(current.units_), blocks_(current.blocks_), row_(row) {
    if (current.row_ >= 0 && current.row_ != row) current.fold(pool);
    base_ = current.base_;
    override_ = pool.take(row_size());
  }

  Real* block(int b) { return base_.get() + b * stride(); }
  Real* row_block(int b) { return override_.get() + std::ptrdiff_t{b} * block_samples; }
  BlockView<Real> view(int b) const {
    const Real* own = override_ ? override_.get() + std::ptrdiff_t{b} * block_samples : nullptr;
    return {base_.get() + b * stride(), units_, row_, own};
  }
  int units() const { return units_; }

 private:
  std::ptrdiff_t stride() const { return std::ptrdiff_t{units_} * block_samples; }
  std::size_t size() const {
    return static_cast<std::size_t>(stride()) * static_cast<std::size_t>(blocks_);
  }
  std::size_t row_size() const { return static_cast<std::size_t>(blocks_) * block_samples; }

  /// Writes the row into the large buffer, a copy of it when another branch shares it. The values
  /// do not change, only where they are, so that this is const.
  void fold(BufferPool<Real>& pool) const {
    if (base_.use_count() > 1) {
      Buffer copy = pool.take(size());
      std::copy_n(base_.get(), size(), copy.get());
      base_ = std::move(copy);
    }
    for (int b = 0; b < blocks_; ++b)
      std::copy_n(override_.get() + std::ptrdiff_t{b} * block_samples, block_samples,
                  base_.get() + b * stride() + std::ptrdiff_t{row_} * block_samples);
    override_.reset();
    row_ = -1;
  }

  mutable Buffer base_;
  int units_;
  int blocks_;
  mutable int row_ = -1;
  mutable Buffer override_;
};

}  // namespace echelon
