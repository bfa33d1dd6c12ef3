#pragma once

#include "echelon/core/matrix.hpp"
#include "echelon/model/hidden_moments.hpp"

namespace echelon {

/// The prior of a linear last layer: every weight of W_d is N(mean, scale^2), independently.
struct HeadPrior {
  Matrix<double> mean;  ///< M_d, (out x h)
  double scale = 1;
};

/// The last layer of a network with identity output and squared loss, integrated out exactly. With
/// the hidden activations H (h x n) fixed, b = 1/(n A_d), U = W_d - M_d and K = I + 2 b scale^2 H
/// H',
///     Z_d = E_Q[ exp(-L / A_d) ],   log Z_d = -b r + 2 b^2 scale^2 tr(C' K^-1 C) - (out/2) log det
///     K, W_d | rest: columns of U' are N(2 b scale^2 K^-1 C, scale^2 K^-1),
/// where C = H Y' - H H' M_d' and r = sum_i |y_i - M_d h_i|^2: Bayesian linear regression with
/// noise variance 1/(2b) = n A_d / 2 per output [E, theory of the estimator `collapsed`]. Inverse
/// temperatures are 1/A_d >= 0; at 0 everything is the prior's.
class LinearHead {
 public:
  LinearHead() = default;
  /// Error(internal) when the shapes disagree. Moments that are not finite are allowed:
  /// log_evidence is then not finite either.
  LinearHead(HiddenMoments moments, const HeadPrior& prior);

  /// log Z_d; NaN when the moments are not finite, even at 0.
  double log_evidence(double inverse_temperature) const;
  /// V_{d-1} = -A_d log Z_d in units of the mean loss; the prior's mean loss at 0.
  double free_energy(double inverse_temperature) const;
  /// E[ L | w_<d ] under the conditional law of W_d.
  double mean_loss(double inverse_temperature) const;
  /// The exact draw of W_d, (out x h), that belongs to standard normals of shape (h x out).
  Matrix<double> draw(double inverse_temperature, const Matrix<double>& normals) const;
  /// log P(w | w_<d) - log Q(w) of the last layer's weights w.
  double log_conditional_ratio(double inverse_temperature, const Matrix<double>& w) const;
  /// L at the weights w, from the moments.
  double loss(const Matrix<double>& w) const;

  const HiddenMoments& moments() const { return moments_; }

 private:
  struct Posterior;
  Posterior condition(double inverse_temperature) const;
  /// sum_i |y_i - (M_d + U) h_i|^2 for U' = u, (h x out).
  double residual(const Matrix<double>& u) const;

  HiddenMoments moments_;
  Matrix<double> mean_;
  double scale_ = 1;
  Matrix<double> centred_cross_;  // C
  double centred_square_ = 0;     // r
};

}  // namespace echelon
