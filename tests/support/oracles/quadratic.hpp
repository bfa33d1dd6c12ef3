#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <vector>

namespace echelon::oracle {

/// The multi-scale Gibbs law of L(w) = (w - m)' H (w - m) / 2 with one weight per layer and priors
/// N(0, variance), in closed form [theory 6.2]. Backwards over the layers, exp(-V_k / A_k) times
/// the prior is Gaussian in (w_1 .. w_k) with precision J and information h; eliminating w_k leaves
/// the Schur complement S, and V_{k-1} / A_{k-1} = (A_k / A_{k-1}) times its quadratic form.
/// Forwards, W_k given the shallower layers is read off J's last row.
struct QuadraticLaw {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;

  QuadraticLaw(const Eigen::MatrixXd& curvature, const Eigen::VectorXd& minimum, double variance,
               const std::vector<double>& cumulative) {
    const Eigen::Index d = minimum.size();
    std::vector<Eigen::MatrixXd> precision(static_cast<std::size_t>(d));
    std::vector<Eigen::VectorXd> information(static_cast<std::size_t>(d));
    Eigen::MatrixXd j = curvature / cumulative.back();
    Eigen::VectorXd h = curvature * minimum / cumulative.back();
    for (Eigen::Index k = d; k-- > 0;) {
      const auto index = static_cast<std::size_t>(k);
      j(k, k) += 1 / variance;
      precision[index] = j;
      information[index] = h;
      if (k == 0) break;
      const Eigen::VectorXd cross = j.col(k).head(k);
      const double theta = cumulative[index] / cumulative[index - 1];
      const Eigen::MatrixXd schur = j.topLeftCorner(k, k) - cross * cross.transpose() / j(k, k);
      h = (theta * (h.head(k) - cross * h(k) / j(k, k))).eval();
      j = theta * schur;
    }
    mean = Eigen::VectorXd::Zero(d);
    covariance = Eigen::MatrixXd::Zero(d, d);
    for (Eigen::Index k = 0; k < d; ++k) {
      const auto& p = precision[static_cast<std::size_t>(k)];
      const Eigen::RowVectorXd slope = -p.row(k).head(k) / p(k, k);
      mean(k) = information[static_cast<std::size_t>(k)](k) / p(k, k) + slope * mean.head(k);
      const Eigen::RowVectorXd cross = slope * covariance.topLeftCorner(k, k);
      covariance.row(k).head(k) = cross;
      covariance.col(k).head(k) = cross.transpose();
      covariance(k, k) = 1 / p(k, k) + cross * slope.transpose();
    }
  }
};

}  // namespace echelon::oracle
