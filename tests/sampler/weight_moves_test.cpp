#include "echelon/sampler/weight_moves.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

Network network() { return make_network({3, 2, 2}, {}, identity_reference({3, 2, 2})); }

Prior prior(PriorKind kind, std::vector<double> radius = {}) {
  return make_prior(network(), kind, {0.5, 2.0}, std::move(radius));
}

Stream stream(std::uint64_t step) { return Stream({7, Purpose::explore, 0, step}); }

double log_density(const Prior& p, int layer, const Matrix<double>& w) {
  const auto k = static_cast<std::size_t>(layer);
  return -(w - p.mean[k]).squaredNorm() / (2 * p.scale[k] * p.scale[k]);
}

TEST(WeightMoves, UnitReplacesOneRowAndWeighsThePrior) {
  const WeightMoves<double> moves(prior(PriorKind::gaussian), Proposal::unit);
  ASSERT_EQ(moves.changes(0), 2);
  auto random = stream(0);
  const Matrix<double> from = Matrix<double>::Random(2, 3);
  Matrix<double> to;
  const double ratio = moves.propose(0, moves.change(0, 1), 0.3, from, to, random);
  EXPECT_EQ(to.row(0), from.row(0));
  EXPECT_NE(to(1, 0), from(1, 0));
  EXPECT_NEAR(ratio, log_density(moves.prior(), 0, to) - log_density(moves.prior(), 0, from),
              1e-12);
}

TEST(WeightMoves, FullHasTheStepAsStandardDeviation) {
  const WeightMoves<double> moves(prior(PriorKind::flat), Proposal::full);
  auto random = stream(0);
  const Matrix<double> from = moves.reference(0);
  Matrix<double> to;
  double square = 0;
  constexpr int draws = 20000;
  for (int i = 0; i < draws; ++i) {
    EXPECT_EQ(moves.propose(0, {}, 0.1, from, to, random), 0.0);
    square += (to - from).squaredNorm() / 6;
  }
  // 120,000 squares of relative standard deviation sqrt(2): four standard errors.
  EXPECT_NEAR(square / draws, 0.01, 0.01 * 4 * std::sqrt(2.0 / (6 * draws)));
}

/// pCN started at prior draws leaves prior draws: mean and variance within four standard errors.
TEST(WeightMoves, PcnLeavesThePriorInvariant) {
  for (const auto proposal : {Proposal::pcn, Proposal::unit_pcn}) {
    const WeightMoves<double> moves(prior(PriorKind::gaussian), proposal);
    auto random = stream(0);
    Matrix<double> from, to;
    constexpr int draws = 20000;
    double sum = 0, square = 0, product = 0;
    for (int i = 0; i < draws; ++i) {
      moves.draw(1, random, from);
      EXPECT_EQ(moves.propose(1, moves.change(1, 0), 0.6, from, to, random), 0.0);
      const double z = (to(0, 0) - 1) / 2.0;
      sum += z;
      square += z * z;
      product += z * (from(0, 0) - 1) / 2.0;
    }
    EXPECT_NEAR(sum / draws, 0, 4 / std::sqrt(draws));
    EXPECT_NEAR(square / draws, 1, 4 * std::sqrt(2.0 / draws));
    EXPECT_NEAR(product / draws, 0.8, 4 * std::sqrt(1.64 / draws));
  }
}

/// A step that follows the inputs keeps prior draws, takes `step` along the strongest direction and
/// draws afresh along one that no input has; and it is reversible, so that certificates hold.
TEST(WeightMoves, PcnFollowsTheInputsReversibly) {
  const double c = std::cos(0.4), s = std::sin(0.4);
  const InputSpectrum inputs{Matrix<double>{{c, -s, 0}, {s, c, 0}, {0, 0, 1}}, {1.0, 0.1, 0.0}};
  WeightMoves<double> moves(prior(PriorKind::gaussian), Proposal::unit_pcn);
  moves.follow(inputs);
  auto random = stream(0);
  Matrix<double> from, to;
  constexpr int draws = 20000;
  Matrix<double> after = Matrix<double>::Zero(3, 3), between = Matrix<double>::Zero(3, 3);
  for (int i = 0; i < draws; ++i) {
    moves.draw(0, random, from);
    EXPECT_EQ(moves.propose(0, moves.change(0, 1), 0.6, from, to, random), 0.0);
    EXPECT_EQ(to.row(0), from.row(0));
    const Matrix<double> mean = moves.prior().mean[0].row(1);
    const Matrix<double> old = (from.row(1) - mean) * inputs.directions / 0.5;
    const Matrix<double> now = (to.row(1) - mean) * inputs.directions / 0.5;
    after += now.transpose() * now / draws;
    between += old.transpose() * now / draws;
  }
  const double middle = 0.6 / std::sqrt(0.36 + 0.64 * 0.1);
  const std::array<double, 3> kept{0.8, std::sqrt(1 - middle * middle), 0.0};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) {
      const double error = 4 * std::sqrt(2.0 / draws);
      EXPECT_NEAR(after(i, j), i == j ? 1 : 0, error) << i << j;
      EXPECT_NEAR(between(i, j), i == j ? kept[static_cast<std::size_t>(i)] : 0, error) << i << j;
    }
}

TEST(WeightMoves, RefusesToLeaveTheRadius) {
  const WeightMoves<double> moves(prior(PriorKind::gaussian, {0.1, 0.1}), Proposal::full);
  auto random = stream(0);
  const Matrix<double> from = moves.reference(0);
  Matrix<double> to;
  EXPECT_EQ(moves.propose(0, {}, 5.0, from, to, random), -std::numeric_limits<double>::infinity());
  EXPECT_GT(moves.propose(0, {}, 1e-4, from, to, random), -1.0);
}

TEST(WeightMoves, MalaFollowsTheSlopeOfTheLastLayerOnly) {
  const auto gaussian = prior(PriorKind::gaussian);
  WeightMoves<double> moves(gaussian, Proposal::mala);
  EXPECT_FALSE(moves.informed(0));
  EXPECT_TRUE(moves.informed(1));
  EXPECT_EQ(moves.changes(1), 1);
  EXPECT_EQ(moves.step_rule(0).target_acceptance, .25);
  EXPECT_EQ(moves.step_rule(1).target_acceptance, .574);
  moves.tune_for(.15);
  EXPECT_EQ(moves.step_rule(0).target_acceptance, .15);
  EXPECT_EQ(moves.step_rule(1).target_acceptance, .15);
  const Matrix<double> w = Matrix<double>::Random(2, 2);
  Slope slope = Slope::Ones(2, 2);
  moves.add_log_prior_slope(1, w, slope);
  Matrix<double> moved = w;
  moved(1, 0) += 1e-5;
  EXPECT_NEAR(slope(1, 0) - 1, moves.log_prior_ratio(1, w, moved) / 1e-5, 1e-5);
  Slope none = Slope::Zero(2, 2);
  WeightMoves<double>(prior(PriorKind::flat), Proposal::mala).add_log_prior_slope(1, w, none);
  EXPECT_TRUE(none.isZero(0));
  EXPECT_THROW(WeightMoves<double>(gaussian, {Proposal::mala, Proposal::full}), Error);
  EXPECT_THROW(WeightMoves<double>(gaussian, std::vector{Proposal::mala}), Error);
}

TEST(WeightMoves, EveryLayerMayHaveItsOwnProposal) {
  const WeightMoves<double> moves(prior(PriorKind::gaussian), {Proposal::unit, Proposal::pcn});
  EXPECT_EQ(moves.changes(0), 2);
  EXPECT_EQ(moves.changes(1), 1);
  EXPECT_EQ(moves.step_rule(1).largest, 1);
  EXPECT_GT(moves.step_rule(0).largest, 1e300);
}

TEST(WeightMoves, RefusesPcnUnderAFlatPrior) {
  EXPECT_THROW(WeightMoves<float>(prior(PriorKind::flat), Proposal::unit_pcn), Error);
}

}  // namespace
}  // namespace echelon
