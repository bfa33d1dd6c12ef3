#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "lanes.hpp"

namespace echelon {

/// How sums of losses, numbers that are not negative, are made independent of their order: a loss
/// is rounded to a whole number and a fine rest, a multiple of 2^-fine_bits, and both are added up
/// as integers. They are held in doubles that are large enough to add them without rounding.
struct LossGrid {
  int fine_bits;      ///< the rests of n losses, at most 1/2 each, sum up below 2^52 units
  double most;        ///< a loss from here on does not count as a number
  double fine_magic;  ///< x + magic - magic rounds x to the grid

  static constexpr double whole_magic = 0x1.8p52;

  explicit LossGrid(int samples) {
    const int bits = samples > 1 ? std::ilogb(samples - 1) + 1 : 0;
    fine_bits = 52 - bits;
    most = std::ldexp(1.0, 51 - bits);
    fine_magic = std::ldexp(whole_magic, -fine_bits);
  }
};

/// A sum of losses: whole + fine / 2^fine_bits over those that are numbers, and how many are not.
struct LossTotal {
  std::int64_t whole = 0, fine = 0, not_numbers = 0;

  /// Does not decrease when losses are added.
  double value(const LossGrid& grid) const {
    return static_cast<double>(whole) + std::ldexp(static_cast<double>(fine), -grid.fine_bits);
  }
};

/// Adds up losses, a pack at a time.
template <class Real>
class LossSum {
 public:
  explicit LossSum(const LossGrid& grid) : grid_(&grid) {}

  ECHELON_INLINE void add(const Pack<Real>& losses) {
    unrolled<parts>([&](auto part) __attribute__((always_inline)) {
      const Pack<double> x = as_doubles(losses, part);
      const Mask<double> number = x < grid_->most;  // false for NaN
      const Pack<double> loss = number ? x : Pack<double>{};
      const Pack<double> whole = (loss + LossGrid::whole_magic) - LossGrid::whole_magic;
      whole_[part] += whole;
      fine_[part] += ((loss - whole) + grid_->fine_magic) - grid_->fine_magic;
      numbers_ += number;  // minus one where true
    });
    packs_ += 1;
  }

  LossTotal total() const {
    double whole = 0, fine = 0;
    std::int64_t numbers = 0;
    for (int lane = 0; lane < pack_width<double>; ++lane) {
      for (int part = 0; part < parts; ++part) {
        whole += whole_[part][lane];
        fine += fine_[part][lane];
      }
      numbers -= numbers_[lane];
    }
    return {static_cast<std::int64_t>(whole),
            static_cast<std::int64_t>(std::ldexp(fine, grid_->fine_bits)),
            packs_ * pack_width<Real> - numbers};
  }

 private:
  static constexpr int parts = pack_width<Real> / pack_width<double>;
  typedef float HalfFloats __attribute__((vector_size(32)));

  ECHELON_INLINE static Pack<double> as_doubles(const Pack<double>& x, int) { return x; }
  ECHELON_INLINE static Pack<double> as_doubles(const Pack<float>& x, int part) {
    HalfFloats halves[2];
    std::memcpy(halves, &x, sizeof x);
    return __builtin_convertvector(halves[part], Pack<double>);
  }

  const LossGrid* grid_;
  Pack<double> whole_[parts] = {}, fine_[parts] = {};
  Mask<double> numbers_ = {};
  std::int64_t packs_ = 0;
};

}  // namespace echelon
