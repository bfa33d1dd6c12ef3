#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace echelon {

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

}  // namespace echelon
