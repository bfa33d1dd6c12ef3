#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "echelon/core/matrix.hpp"

namespace echelon {

/// Coordinates of a layer's weights in which its Gaussian prior is standard normal,
///     u = (w - M) V / scale,
/// and how much the data bind each column of u, relative to the one they bind most.
struct NormalFrame {
  Matrix<double> mean;                         ///< M
  const Matrix<double>* directions = nullptr;  ///< V, orthogonal; null: the identity
  double scale = 1;                            ///< of the prior
  std::vector<double> share;                   ///< by column, in [0, 1]

  /// How fast a move may go along a column, at most 1, where it takes `step` along the most bound.
  double pace(double step, Eigen::Index column) const {
    return step /
           std::sqrt(step * step + (1 - step * step) * share[static_cast<std::size_t>(column)]);
  }

  Matrix<double> inward(const Matrix<double>& w) const;
  Matrix<double> outward(const Matrix<double>& u) const;
  /// d/du of what has the slope d/dw.
  Matrix<double> slope_inward(const Matrix<double>& slope) const;
};

}  // namespace echelon
