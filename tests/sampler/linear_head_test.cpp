#include "echelon/sampler/linear_head.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <random>

#include "echelon/core/error.hpp"
#include "support/evidence_oracle.hpp"

namespace echelon {
namespace {

struct Problem {
  Matrix<double> hidden, targets;
  HeadPrior prior;

  HiddenMoments moments() const {
    return {hidden * hidden.transpose(), hidden * targets.transpose(), targets.squaredNorm(),
            hidden.cols()};
  }
  double loss(const Matrix<double>& w) const {
    return (targets - w * hidden).squaredNorm() / static_cast<double>(hidden.cols());
  }
};

Problem make_problem(int width, int outputs, int samples, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  const auto matrix = [&](int rows, int columns) {
    return Matrix<double>::NullaryExpr(rows, columns, [&] { return normal(engine); }).eval();
  };
  return {matrix(width, samples), matrix(outputs, samples), {matrix(outputs, width), 0.7}};
}

TEST(LinearHead, EvidenceIsTheMarginalLikelihoodOfTheTargets) {
  for (const double t : {1e-3, 0.1, 1.0, 30.0, 1e4}) {
    const Problem p = make_problem(5, 3, 12, 1);
    const LinearHead head(p.moments(), p.prior);
    const double expected =
        oracle::log_evidence(p.hidden, p.targets, p.prior.mean, p.prior.scale, t);
    EXPECT_NEAR(head.log_evidence(t), expected, 1e-12 * (1 + std::abs(expected))) << "t = " << t;
  }
}

TEST(LinearHead, EvidenceAgreesWithQuadratureOverOneWeight) {
  const Problem p = make_problem(1, 1, 4, 2);
  const LinearHead head(p.moments(), p.prior);
  const double t = 2.5;
  double z = 0, z_loss = 0;
  const double step = 1e-3;  // the trapezoid is spectrally accurate for a Gaussian
  for (double u = -12; u <= 12; u += step) {
    const double loss = p.loss(Matrix<double>::Constant(1, 1, p.prior.mean(0) + p.prior.scale * u));
    const double weight = std::exp(-0.5 * u * u - t * loss) * step / std::sqrt(2 * M_PI);
    z += weight;
    z_loss += weight * loss;
  }
  EXPECT_NEAR(head.log_evidence(t), std::log(z), 1e-12);
  EXPECT_NEAR(head.free_energy(t), -std::log(z) / t, 1e-12);
  EXPECT_NEAR(head.mean_loss(t), z_loss / z, 1e-12);
}

TEST(LinearHead, MeanLossIsTheSlopeOfTheFreeEnergy) {
  const Problem p = make_problem(6, 2, 9, 3);
  const LinearHead head(p.moments(), p.prior);
  const double t = 0.8, step = 1e-4;
  const double slope = (head.log_evidence(t + step) - head.log_evidence(t - step)) / (2 * step);
  EXPECT_NEAR(head.mean_loss(t), -slope, 1e-6 * std::abs(slope));
}

TEST(LinearHead, IsThePriorAtInfiniteTemperature) {
  const Problem p = make_problem(4, 2, 7, 4);
  const LinearHead head(p.moments(), p.prior);
  EXPECT_EQ(head.log_evidence(0), 0);
  const double expected =
      p.loss(p.prior.mean) + 2 * std::pow(p.prior.scale, 2) * p.hidden.squaredNorm() / 7;
  EXPECT_NEAR(head.mean_loss(0), expected, 1e-12 * expected);
  EXPECT_NEAR(head.free_energy(0), expected, 1e-12 * expected);
  EXPECT_NEAR(head.free_energy(1e-7), expected, 1e-5 * expected);
  const Matrix<double> normals = Matrix<double>::Random(4, 2);
  EXPECT_TRUE(head.draw(0, normals).isApprox(p.prior.mean + 0.7 * normals.transpose(), 1e-14));
}

TEST(LinearHead, LossComesFromTheMoments) {
  const Problem p = make_problem(4, 3, 20, 5);
  const LinearHead head(p.moments(), p.prior);
  const Matrix<double> w = Matrix<double>::Random(3, 4);
  EXPECT_NEAR(head.loss(w), p.loss(w), 1e-12 * p.loss(w));
}

// The draw is affine in the normals, so its law is known from the images of 0 and the unit vectors.
TEST(LinearHead, DrawHasTheConditionalMeanAndCovariance) {
  const Problem p = make_problem(5, 2, 8, 6);
  const LinearHead head(p.moments(), p.prior);
  const double t = 3.0;
  const Matrix<double> zero = Matrix<double>::Zero(5, 2);
  const Matrix<double> mean = head.draw(t, zero);
  Matrix<double> covariance = Matrix<double>::Zero(5, 5);
  for (int i = 0; i < 5; ++i) {
    Matrix<double> unit = zero;
    unit(i, 1) = 1;
    const Matrix<double> shift = head.draw(t, unit) - mean;
    EXPECT_EQ(shift.row(0).norm(), 0) << "outputs are independent";
    covariance += shift.row(1).transpose() * shift.row(1);
  }
  // Precision and mean by the gradient of the negative log density, not by the program's formula.
  const double b = t / 8;
  const Matrix<double> precision = 2 * b * p.hidden * p.hidden.transpose() +
                                   Matrix<double>::Identity(5, 5) / std::pow(p.prior.scale, 2);
  EXPECT_TRUE((covariance * precision).isApprox(Matrix<double>::Identity(5, 5), 1e-12));
  const Matrix<double> gradient = (mean - p.prior.mean) / std::pow(p.prior.scale, 2) -
                                  2 * b * (p.targets - mean * p.hidden) * p.hidden.transpose();
  EXPECT_LT(gradient.norm(), 1e-11);
}

TEST(LinearHead, ConditionalDensityIsGaussian) {
  const Problem p = make_problem(3, 2, 6, 7);
  const LinearHead head(p.moments(), p.prior);
  const double t = 1.7;
  const Matrix<double> normals = Matrix<double>::Random(3, 2);
  const Matrix<double> w = head.draw(t, normals);
  const Matrix<double> precision =
      Matrix<double>::Identity(3, 3) + 2 * t / 6 * 0.49 * p.hidden * p.hidden.transpose();
  const double log_det = precision.ldlt().vectorD().array().log().sum();
  const double log_posterior = -0.5 * normals.squaredNorm() + 0.5 * 2 * log_det;
  const double log_prior = -0.5 * (w - p.prior.mean).squaredNorm() / 0.49;
  EXPECT_NEAR(head.log_conditional_ratio(t, w), log_posterior - log_prior, 1e-12);
}

TEST(LinearHead, NotFiniteMomentsGiveNoEvidence) {
  Problem p = make_problem(3, 2, 6, 8);
  p.hidden(1, 2) = std::numeric_limits<double>::infinity();
  const LinearHead head(p.moments(), p.prior);
  EXPECT_FALSE(std::isfinite(head.log_evidence(1.0)));
}

TEST(LinearHead, RefusesShapesThatDisagree) {
  const Problem p = make_problem(3, 2, 6, 9);
  EXPECT_THROW(LinearHead(p.moments(), HeadPrior{Matrix<double>::Zero(2, 4), 1}), Error);
}

}  // namespace
}  // namespace echelon
