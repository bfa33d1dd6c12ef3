#pragma once

#include <vector>

namespace echelon {

/// The inverse temperatures t_0 = 0 < t_1 < ... < t_S = coldest of an anneal from the prior of the
/// deeper layers [E, theory 3],
///     t_j = coldest (exp(c j/S) - 1) / (exp(c) - 1),
/// even steps near the prior and even ratios near the coldest: about equal work in each when exp(c)
/// is the ratio between the loss's spread under the prior and under the coldest law.
class Schedule {
 public:
  /// Error(usage) unless levels >= 1; `coldest` > 0 is the largest 1/A_d of any rung.
  Schedule(int levels, double coldest, double curvature);

  int levels() const { return static_cast<int>(inverse_.size()) - 1; }  ///< S
  double coldest() const { return inverse_.back(); }
  double inverse(int level) const { return inverse_[static_cast<std::size_t>(level)]; }
  /// t_level - t_{level-1}, for level >= 1.
  double step(int level) const { return inverse(level) - inverse(level - 1); }
  /// The last level that is warmer than the inverse temperature t; 0 for t = 0. Error(internal) for
  /// t beyond the coldest.
  int below(double t) const;

 private:
  std::vector<double> inverse_;
};

}  // namespace echelon
