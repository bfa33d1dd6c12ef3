#pragma once

#include <vector>

#include "echelon/core/matrix.hpp"

namespace echelon {

/// Coordinates of a layer's weights in which its Gaussian prior is standard normal,
///     u = (w - M) V / scale,
/// and how fast moves may go along each column of u, at most 1.
struct NormalFrame {
  Matrix<double> mean;                         ///< M
  const Matrix<double>* directions = nullptr;  ///< V, orthogonal; null: the identity
  double scale = 1;                            ///< of the prior
  std::vector<double> pace;

  Matrix<double> inward(const Matrix<double>& w) const;
  Matrix<double> outward(const Matrix<double>& u) const;
  /// d/du of what has the slope d/dw.
  Matrix<double> slope_inward(const Matrix<double>& slope) const;
};

}  // namespace echelon
