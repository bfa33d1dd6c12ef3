#include "echelon/model/prior.hpp"

#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"
#include "echelon/random/stream.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

double exact_norm(const Matrix<double>& w) {
  return Eigen::BDCSVD<Matrix<double>>(w).singularValues()(0);
}

TEST(SpectralNorm, AgreesWithSingularValues) {
  for (const auto& [rows, cols] : {std::pair{2, 2}, {10, 100}, {100, 10}, {100, 300}, {64, 64}}) {
    const Matrix<double> w = random_weights<double>({cols, rows}, 5)[0];
    EXPECT_NEAR(spectral_norm(w) / exact_norm(w), 1, 1e-6) << rows << " x " << cols;
  }
}

TEST(SpectralNorm, OfStructuredMatrices) {
  EXPECT_NEAR(spectral_norm(Matrix<double>::Identity(100, 784)), 1, 1e-12);
  EXPECT_NEAR(spectral_norm(Matrix<double>::Ones(50, 80)), std::sqrt(4000.), 1e-8);
  Matrix<double> differences = Matrix<double>::Zero(40, 40);  // top vector orthogonal to ones
  differences.row(3).head(2) << 5, -5;
  differences.row(9).tail(2) << 1, 1;
  EXPECT_NEAR(spectral_norm(differences), std::sqrt(50.), 1e-9);
  // A cluster just below the top one must not be taken for it.
  Vector<double> close = Vector<double>::Constant(60, .999);
  close(17) = 1;
  EXPECT_NEAR(spectral_norm(Matrix<double>(close.asDiagonal())), 1, 1e-6);
}

TEST(SpectralNorm, IsExactForVectorsAndKeepsScale) {
  const Vector<double> v = (Vector<double>(3) << 2, -3, 6).finished();
  EXPECT_EQ(spectral_norm(v), 7);
  EXPECT_EQ(spectral_norm(v.transpose()), 7);
  EXPECT_EQ(spectral_norm(Matrix<double>::Zero(4, 5)), 0);
  const Matrix<double> w = random_weights<double>({30, 40}, 6)[0];
  EXPECT_NEAR(spectral_norm(1e200 * w) / 1e200, spectral_norm(w), 1e-9);
  EXPECT_NEAR(spectral_norm(1e-200 * w) / 1e-200, spectral_norm(w), 1e-9);
  EXPECT_TRUE(std::isnan(spectral_norm(w * std::numeric_limits<double>::infinity())));
}

const std::vector<int> widths{7, 5, 3};

Network network() { return make_network(widths, {}, identity_reference(widths)); }

TEST(Prior, RatioIsTheRatioOfGaussianDensities) {
  const Prior prior = make_prior(network(), PriorKind::gaussian, {.5, 2}, {});
  const auto from = random_weights<double>(widths, 1), to = random_weights<double>(widths, 2);
  for (int layer : {0, 1}) {
    const auto l = static_cast<std::size_t>(layer);
    const auto log_density = [&](const Matrix<double>& w) {
      return -(w - prior.mean[l]).squaredNorm() / (2 * prior.scale[l] * prior.scale[l]);
    };
    EXPECT_NEAR(log_density_ratio(prior, layer, from[l], to[l]),
                log_density(to[l]) - log_density(from[l]), 1e-12);
    Matrix<double> changed = from[l];
    changed.row(2) = to[l].row(2);
    EXPECT_NEAR(log_density_ratio(prior, layer, from[l], changed, {2}),
                log_density(changed) - log_density(from[l]), 1e-12);
  }
}

TEST(Prior, FlatHasNoRatioAndNoDraws) {
  const Prior prior = make_prior(network(), PriorKind::flat, {}, {});
  const auto from = random_weights<float>(widths, 1), to = random_weights<float>(widths, 2);
  EXPECT_EQ(log_density_ratio(prior, 0, from[0], to[0]), 0);
  Stream stream({1, Purpose::start, 0, 0});
  Matrix<float> w;
  EXPECT_THROW(draw(prior, 0, stream, w), Error);
}

// 20,000 x 15 draws: the mean's standard error is .0018 x scale, the variance's .0026 x scale^2;
// the bounds are five of them, so that a wrong scale or centre by 1 % fails.
TEST(Prior, DrawsHaveItsMeanAndScale) {
  const Prior prior = make_prior(network(), PriorKind::gaussian, {.5, 2}, {});
  Stream stream({2, Purpose::start, 0, 0});
  Matrix<double> w;
  double sum = 0, squares = 0;
  constexpr int draws = 20000;
  for (int i = 0; i < draws; ++i) {
    draw(prior, 1, stream, w);
    const Matrix<double> standard = (w - prior.mean[1]) / 2;
    sum += standard.sum();
    squares += standard.squaredNorm();
  }
  EXPECT_NEAR(sum / (15 * draws), 0, .0092);
  EXPECT_NEAR(squares / (15 * draws), 1, .013);
}

TEST(Prior, TruncatedDrawsStayInsideAndReachTheRadius) {
  // One weight: |w - 1| <= .8, scale 1. P(|w - 1| > .4 | inside) = .4592; 4,000 draws: se .0079.
  const auto tiny = make_network({1, 1}, {}, identity_reference({1, 1}));
  const Prior prior = make_prior(tiny, PriorKind::gaussian, {1}, {.8});
  Stream stream({3, Purpose::start, 0, 0});
  Matrix<double> w;
  int far = 0;
  for (int i = 0; i < 4000; ++i) {
    draw(prior, 0, stream, w);
    ASSERT_TRUE(inside(prior, 0, w));
    ASSERT_LE(std::abs(w(0, 0) - 1), .8);
    far += std::abs(w(0, 0) - 1) > .4;
  }
  EXPECT_NEAR(far / 4000., .4592, .04);
}

TEST(Prior, SaysWhenTheRadiusIsOutOfReach) {
  const Prior prior = make_prior(network(), PriorKind::gaussian, {10, 10}, {.01, .01});
  Stream stream({4, Purpose::start, 0, 0});
  Matrix<float> w;
  try {
    draw(prior, 0, stream, w);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    EXPECT_NE(std::string(error.what()).find("limit is 0.01"), std::string::npos) << error.what();
  }
}

TEST(Prior, InsideMeasuresTheSpectralNorm) {
  const Prior prior = make_prior(network(), PriorKind::flat, {}, {.5, .5});
  Matrix<double> w = prior.mean[0];
  EXPECT_TRUE(inside(prior, 0, w));
  w.diagonal().array() += .4;  // spectral .4, Frobenius .89
  EXPECT_TRUE(inside(prior, 0, w));
  w(0, 0) += .2;
  EXPECT_FALSE(inside(prior, 0, w));
  w(0, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(inside(prior, 0, w));
}

TEST(Prior, RefusesNonsense) {
  EXPECT_THROW(make_prior(network(), PriorKind::gaussian, {1}, {}), Error);
  EXPECT_THROW(make_prior(network(), PriorKind::gaussian, {1, -1}, {}), Error);
  EXPECT_THROW(make_prior(network(), PriorKind::gaussian, {1, 1}, {1}), Error);
  const auto zero = make_network(widths, {}, zero_reference(widths));
  EXPECT_THROW(make_prior(zero, PriorKind::gaussian, {1, 1}, {1, 1}), Error);
  EXPECT_NO_THROW(make_prior(zero, PriorKind::gaussian, {1, 1}, {}));
}

TEST(Network, RefusesNonsense) {
  EXPECT_THROW(make_network({4}, {}, {}), Error);
  EXPECT_THROW(make_network({4, 0}, {}, {}), Error);
  EXPECT_THROW(make_network({4, 3}, {}, zero_reference({4, 2})), Error);
  EXPECT_THROW(make_network({4, 3, 2}, {}, zero_reference({4, 3})), Error);
  EXPECT_THROW(make_network({4, 3}, {Activation::relu, Output::identity, Loss::cross_entropy},
                            zero_reference({4, 3})),
               Error);
  auto broken = zero_reference({4, 3});
  broken[0](1, 1) = std::numeric_limits<double>::infinity();
  EXPECT_THROW(make_network({4, 3}, {}, broken), Error);
}

}  // namespace
}  // namespace echelon
