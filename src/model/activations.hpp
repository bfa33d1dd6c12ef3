#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "buffer_pool.hpp"
#include "echelon/core/error.hpp"

namespace echelon {

/// Samples per block. Activations are stored as [block][unit][lane], a lane being a sample of the
/// block, so that every kernel runs over lanes with unit stride. The last block is padded.
inline constexpr int block_samples = 64;

/// Values [block][unit][lane] that are computed block by block, each when it is first asked for: a
/// proposal that is refused half-way never pays for the rest. Whatever `fill` holds is let go once
/// all blocks are there. Not for several threads.
template <class Real>
class LazyValues {
 public:
  using Buffer = typename BufferPool<Real>::Buffer;
  /// Writes one block: out[unit][lane].
  using Fill = std::function<void(int block, Real* out)>;

  LazyValues(int units, int blocks, Fill fill, BufferPool<Real>& pool)
      : units_(units),
        ready_(static_cast<std::size_t>(blocks), false),
        missing_(blocks),
        values_(pool.take(size())),
        fill_(std::move(fill)) {}

  int units() const { return units_; }
  int blocks() const { return static_cast<int>(ready_.size()); }

  Real* block(int b) {
    Real* const values = values_.get() + b * stride();
    if (missing_ > 0 && !ready_[static_cast<std::size_t>(b)]) {
      fill_(b, values);
      ready_[static_cast<std::size_t>(b)] = true;
      if (--missing_ == 0) fill_ = nullptr;
    }
    return values;
  }

  /// A copy with all blocks computed.
  std::shared_ptr<LazyValues> copy(BufferPool<Real>& pool) {
    const auto result = std::make_shared<LazyValues>(units_, blocks(), nullptr, pool);
    for (int b = 0; b < blocks(); ++b)
      std::copy_n(block(b), stride(), result->values_.get() + b * stride());
    result->missing_ = 0;
    return result;
  }

 private:
  std::ptrdiff_t stride() const { return std::ptrdiff_t{units_} * block_samples; }
  std::size_t size() const { return static_cast<std::size_t>(stride()) * ready_.size(); }

  int units_;
  std::vector<bool> ready_;
  int missing_;
  Buffer values_;
  Fill fill_;
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

/// What leaves one layer for this rank's samples: values, and possibly other values in the place of
/// one row. A row change shares the values of the branch it came from.
template <class Real>
class Activations {
 public:
  using Values = std::shared_ptr<LazyValues<Real>>;

  Activations(Values values, int arrangement)
      : base_(std::move(values)), arrangement_(arrangement) {}

  /// `current` but for `row`, which is row `place` of `source`.
  Activations(const Activations& current, int row, Values source, int place, BufferPool<Real>& pool)
      : row_(row), source_(std::move(source)), place_(place), arrangement_(current.arrangement_) {
    if (current.row_ >= 0 && current.row_ != row) current.fold(pool);
    base_ = current.base_;
  }

  BlockView<Real> view(int b) const {
    const Real* own = row_ < 0 ? nullptr : source_->block(b) + offset(place_);
    return {base_->block(b), units(), row_, own};
  }
  int units() const { return base_->units(); }
  int arrangement() const { return arrangement_; }  ///< of the samples, when it was made
  /// The values without a replaced row. Error(internal) when a row is replaced.
  const Values& whole() const {
    require(row_ < 0, ExitCode::internal, "row {} of a branch is replaced (it is not whole)", row_);
    return base_;
  }

 private:
  static std::ptrdiff_t offset(int unit) { return std::ptrdiff_t{unit} * block_samples; }

  /// Writes the row into the values, a copy of them when another branch shares them. What the
  /// branch stands for does not change, so that this is const.
  void fold(BufferPool<Real>& pool) const {
    if (base_.use_count() > 1) base_ = base_->copy(pool);
    for (int b = 0; b < base_->blocks(); ++b)
      std::copy_n(source_->block(b) + offset(place_), block_samples,
                  base_->block(b) + offset(row_));
    source_.reset();
    row_ = -1;
  }

  mutable Values base_;
  mutable int row_ = -1;
  mutable Values source_;
  int place_ = 0;
  int arrangement_;
};

}  // namespace echelon
