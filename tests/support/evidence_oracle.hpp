#pragma once

#include <Eigen/Cholesky>
#include <cmath>

#include "echelon/core/matrix.hpp"

namespace echelon::oracle {

/// log E_W[ exp(-L(W) t) ] of a linear layer on the activations `hidden` (h x n), targets (out x
/// n), prior N(mean, scale^2), from the marginal law of the n targets of each output,
///     y ~ N(H' m, noise I + scale^2 H'H), noise = n / (2t):
/// an n x n computation that never forms the h x h one of the program.
inline double log_evidence(const Matrix<double>& hidden, const Matrix<double>& targets,
                           const Matrix<double>& mean, double scale, double t) {
  const auto n = hidden.cols();
  const double noise = static_cast<double>(n) / (2 * t);
  Matrix<double> covariance = scale * scale * hidden.transpose() * hidden;
  covariance.diagonal().array() += noise;
  const Eigen::LLT<Matrix<double>> factor(covariance);
  const double log_det = 2 * factor.matrixLLT().diagonal().array().log().sum() -
                         static_cast<double>(n) * std::log(noise);
  const Matrix<double> residual = (targets - mean * hidden).transpose();
  return -0.5 * residual.cwiseProduct(factor.solve(residual)).sum() -
         0.5 * static_cast<double>(targets.rows()) * log_det;
}

}  // namespace echelon::oracle
