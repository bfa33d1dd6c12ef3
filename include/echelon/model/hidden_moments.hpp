#pragma once

#include <cstdint>

#include "echelon/core/matrix.hpp"

namespace echelon {

/// What the squared loss of a linear last layer needs to know of the n training samples. With h_i
/// what enters the last layer and y_i the target of sample i,
///     sum_i |y_i - W h_i|^2 = target_square - 2 tr(W cross) + tr(W hidden W').
struct HiddenMoments {
  Matrix<double> hidden;     ///< sum_i h_i h_i', (h x h)
  Matrix<double> cross;      ///< sum_i h_i y_i', (h x out)
  double target_square = 0;  ///< sum_i |y_i|^2
  std::int64_t samples = 0;  ///< n
};

}  // namespace echelon
