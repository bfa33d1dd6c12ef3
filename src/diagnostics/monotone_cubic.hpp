#pragma once

#include <span>
#include <vector>

namespace echelon {

/// The piecewise cubic Hermite interpolant through (x_i, y_i), x strictly ascending, that is
/// monotone wherever the data are: slopes are weighted harmonic means of neighbouring secants
/// (Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5:300, 1984). One point gives a constant.
class MonotoneCubic {
 public:
  MonotoneCubic(std::span<const double> x, std::span<const double> y);
  /// The value at `at`; outside the data the end pieces go on.
  double operator()(double at) const;

 private:
  std::vector<double> x_;
  std::vector<double> y_;
  std::vector<double> slopes_;
};

}  // namespace echelon
