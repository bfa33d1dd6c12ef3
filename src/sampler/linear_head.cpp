#include "echelon/sampler/linear_head.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>
#include <utility>

#include "echelon/core/error.hpp"

namespace echelon {

/// The Cholesky factor of K and the mean of U', (h x out).
struct LinearHead::Posterior {
  Eigen::LLT<Matrix<double>> factor;
  Matrix<double> mean;
};

LinearHead::LinearHead(HiddenMoments moments, const HeadPrior& prior)
    : moments_(std::move(moments)), mean_(prior.mean), scale_(prior.scale) {
  const auto& [hidden, cross, target_square, samples] = moments_;
  require(hidden.rows() == hidden.cols() && hidden.rows() == mean_.cols() &&
              cross.rows() == hidden.rows() && cross.cols() == mean_.rows(),
          ExitCode::internal,
          "a last layer of {} x {} weights does not fit hidden moments of {} x {} and {} x {}",
          mean_.rows(), mean_.cols(), hidden.rows(), hidden.cols(), cross.rows(), cross.cols());
  centred_cross_ = cross - hidden * mean_.transpose();
  centred_square_ = target_square - (mean_.transpose().cwiseProduct(cross + centred_cross_)).sum();
}

double LinearHead::residual(const Matrix<double>& u) const {
  return centred_square_ - (u.cwiseProduct(2 * centred_cross_ - moments_.hidden * u)).sum();
}

LinearHead::Posterior LinearHead::condition(double inverse_temperature) const {
  const double gain =
      2 * inverse_temperature / static_cast<double>(moments_.samples) * scale_ * scale_;
  Matrix<double> k = gain * moments_.hidden;
  k.diagonal().array() += 1;
  Posterior posterior{Eigen::LLT<Matrix<double>>(k), {}};
  posterior.mean = posterior.factor.solve(gain * centred_cross_);
  return posterior;
}

double LinearHead::log_evidence(double inverse_temperature) const {
  if (!moments_.hidden.allFinite() || !moments_.cross.allFinite() ||
      !std::isfinite(moments_.target_square))
    return std::numeric_limits<double>::quiet_NaN();
  if (inverse_temperature == 0) return 0;
  const Posterior posterior = condition(inverse_temperature);
  if (posterior.factor.info() != Eigen::Success) return std::numeric_limits<double>::quiet_NaN();
  const double b = inverse_temperature / static_cast<double>(moments_.samples);
  const double log_det = 2 * posterior.factor.matrixLLT().diagonal().array().log().sum();
  return -b * (centred_square_ - posterior.mean.cwiseProduct(centred_cross_).sum()) -
         0.5 * static_cast<double>(mean_.rows()) * log_det;
}

double LinearHead::free_energy(double inverse_temperature) const {
  if (inverse_temperature == 0) return mean_loss(0);
  return -log_evidence(inverse_temperature) / inverse_temperature;
}

double LinearHead::mean_loss(double inverse_temperature) const {
  const Posterior posterior = condition(inverse_temperature);
  const double spread = posterior.factor.solve(moments_.hidden).trace();
  const double outputs = static_cast<double>(mean_.rows());
  return (residual(posterior.mean) + outputs * scale_ * scale_ * spread) /
         static_cast<double>(moments_.samples);
}

Matrix<double> LinearHead::draw(double inverse_temperature, const Matrix<double>& normals) const {
  const Posterior posterior = condition(inverse_temperature);
  // K = F F': F'^-1 z has covariance K^-1.
  const Matrix<double> deviation = posterior.factor.matrixU().solve(normals);
  return mean_ + (posterior.mean + scale_ * deviation).transpose();
}

double LinearHead::log_conditional_ratio(double inverse_temperature,
                                         const Matrix<double>& w) const {
  return -inverse_temperature * loss(w) - log_evidence(inverse_temperature);
}

double LinearHead::loss(const Matrix<double>& w) const {
  return residual((w - mean_).transpose()) / static_cast<double>(moments_.samples);
}

}  // namespace echelon
