#include "echelon/sampler/branch_target.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <tuple>

#include "echelon/core/log_math.hpp"
#include "echelon/tempering/target.hpp"
#include "support/oracles/gaussian_moves.hpp"
#include "support/oracles/tiny_net.hpp"

namespace echelon {
namespace {

using oracle::TinyNet;
using TinyMoves = oracle::GaussianMoves<TinyNet::Layer>;
using TinyTarget = BranchTarget<TinyNet, TinyMoves>;
static_assert(Target<TinyTarget>);

BranchOptions options(Estimator estimator, int inner, int depth) {
  BranchOptions result;
  result.estimator = estimator;
  result.inner_steps = inner;
  result.step.assign(static_cast<std::size_t>(depth), 0.5);
  return result;
}

TinyTarget make(int depth, std::vector<double> a, BranchOptions o,
                std::shared_ptr<TinyNet> net = nullptr) {
  if (!net) net = std::make_shared<TinyNet>(depth);
  return {net, TinyMoves{std::vector<int>(at(depth), 1)}, Temperatures(std::move(a)), std::move(o)};
}

constexpr Rung cold{0, 1.0};
Turn turn(std::uint64_t sweep) { return {1, 0, sweep}; }

TEST(Paper, MakesOneFirstLayerProductPerOuterStep) {
  const auto net = std::make_shared<TinyNet>(2);
  auto target = make(2, {.05, .02}, options(Estimator::paper, 10, 2), net);
  auto state = target.start(turn(0));
  net->extensions = {};
  net->evaluations = 0;
  for (std::uint64_t sweep = 1; sweep <= 100; ++sweep) target.explore(state, cold, turn(sweep));
  EXPECT_EQ(net->extensions[0], 100u);
  EXPECT_GE(net->evaluations, 100u * 11);
  EXPECT_LE(net->evaluations, 100u * 20);
}

TEST(Paper, RecordsTheStateBeforeTheOuterDecision) {
  auto target = make(2, {.05, .02}, options(Estimator::paper, 5, 2));
  auto state = target.start(turn(0));
  int moved = 0;
  for (std::uint64_t sweep = 1; sweep <= 200; ++sweep) {
    const double before = state.live.weights[0](0);
    target.explore(state, cold, turn(sweep));
    ASSERT_TRUE(state.recorded);
    EXPECT_EQ(state.recorded->weights[0](0), before);
    EXPECT_EQ(state.recorded->weights[1](0), state.live.weights[1](0));
    EXPECT_EQ(target.energy(state), state.recorded->loss);
    moved += state.live.weights[0](0) != before;
  }
  EXPECT_GT(moved, 20);
  EXPECT_LT(moved, 180);
}

/// Both estimators, depths 1 to 3.
class EveryTarget : public testing::TestWithParam<std::tuple<Estimator, int>> {
 protected:
  TinyTarget target() const {
    const auto [estimator, depth] = GetParam();
    auto o = options(estimator, 3, depth);
    o.switching = Switching::round_trip;
    return make(depth, std::vector<double>(at(depth), .05), o, net);
  }
  std::shared_ptr<TinyNet> net = std::make_shared<TinyNet>(std::get<1>(GetParam()));
};

TEST_P(EveryTarget, KeepsBranchesAndLossOfItsWeights) {
  auto sampler = target();
  auto state = sampler.start(turn(0));
  for (std::uint64_t sweep = 1; sweep <= 100; ++sweep) {
    sampler.explore(state, cold, turn(sweep));
    std::vector<double> w;
    for (const auto& layer : state.live.weights) w.push_back(layer(0));
    ASSERT_NEAR(state.live.loss, net->loss(w), 1e-14);
    Point<TinyNet> fresh = state.live;
    evaluate(*net, fresh);
    for (std::size_t l = 0; l < fresh.path.size(); ++l)
      ASSERT_EQ(fresh.path[l].h, state.live.path[l].h) << "branch entering layer " << l;
  }
}

TEST_P(EveryTarget, GoesOnWithTheSameBitsAfterPacking) {
  auto whole = target(), first = target(), second = target();
  auto expected = whole.start(turn(0)), state = first.start(turn(0));
  for (std::uint64_t sweep = 1; sweep <= 40; ++sweep) whole.explore(expected, cold, turn(sweep));
  for (std::uint64_t sweep = 1; sweep <= 20; ++sweep) first.explore(state, cold, turn(sweep));
  auto resumed = second.unpack(Archive::from_bytes(first.pack(state).to_bytes()));
  EXPECT_EQ(second.pack(resumed), first.pack(state));
  for (std::uint64_t sweep = 21; sweep <= 40; ++sweep) second.explore(resumed, cold, turn(sweep));
  EXPECT_EQ(second.pack(resumed), whole.pack(expected));
}

TEST_P(EveryTarget, ReportsWhatItsNamesSay) {
  auto sampler = target();
  auto state = sampler.start(turn(0));
  sampler.explore(state, cold, turn(1));
  std::vector<double> report(at(sampler.report_size()));
  sampler.report(state, report);
  const auto names = sampler.report_names();
  ASSERT_EQ(names.size(), report.size());
  for (int k = 0; k < sampler.depth(); ++k) {
    EXPECT_EQ(names[at(k)], "acceptance");
    EXPECT_GE(report[at(k)], 0);
    EXPECT_LE(report[at(k)], 1);
  }
  EXPECT_EQ(names[names.size() - 2], "evaluations");
  EXPECT_GT(report[names.size() - 2], 0);
}

INSTANTIATE_TEST_SUITE_P(Depths, EveryTarget,
                         testing::Combine(testing::Values(Estimator::paper, Estimator::bridge),
                                          testing::Values(1, 2, 3)));

TEST(BranchTarget, SwapsByEnergyAloneOnASingleScale) {
  auto target = make(3, {0, 0, .1}, options(Estimator::bridge, 4, 3));
  auto state = target.start(turn(0));
  target.explore(state, cold, turn(1));
  EXPECT_DOUBLE_EQ(target.log_ratio(state, {2, 1.0}, {1, 0.25}, turn(1)), state.live.loss * 7.5);
  EXPECT_DOUBLE_EQ(target.log_ratio(state, {1, 0.25}, {2, 1.0}, turn(1)), state.live.loss * -7.5);
}

/// log Z_2(w_1) at inverse temperature beta / a_2, by the trapezoid rule.
double log_normaliser(const TinyNet& net, double w, double beta, double a) {
  std::vector<double> terms;
  constexpr int points = 801;
  for (int i = 0; i < points; ++i) {
    const double z = 8 * (2.0 * i / (points - 1) - 1);
    terms.push_back(-z * z / 2 - beta / a * net.loss(std::vector{w, 1 + z}));
  }
  return log_sum_exp(terms);
}

TEST(BranchTarget, SwapsWithTheNormalisersOfTheDeeperLayers) {
  const auto net = std::make_shared<TinyNet>(2);
  auto target = make(2, {.05, .02}, options(Estimator::bridge, 100, 2), net);
  const Rung here{0, 0.5}, there{1, 1.0};
  auto state = target.start(turn(0));
  for (std::uint64_t sweep = 1; sweep <= 50; ++sweep) target.explore(state, here, turn(sweep));
  const double w = state.live.weights[0](0);
  const double exact = -(there.beta - here.beta) / .02 * state.live.loss -
                       (1 - .02 / .07) * (log_normaliser(*net, w, there.beta, .02) -
                                          log_normaliser(*net, w, here.beta, .02));
  double sum = 0, square = 0;
  constexpr int repeats = 400;
  for (std::uint64_t i = 0; i < repeats; ++i) {
    const double value = target.log_ratio(state, here, there, turn(1000 + i));
    sum += value;
    square += value * value;
  }
  const double mean = sum / repeats, deviation = std::sqrt(square / repeats - mean * mean);
  EXPECT_LT(deviation, .25);
  EXPECT_NEAR(mean, exact, .05);
}

TEST(BranchTarget, RefusesSwapsThatHaveNoRule) {
  const Temperatures multi(std::vector<double>{.1, .1}), single(std::vector<double>{0, .1});
  const auto table = Temperatures::from_table({{1.0, 1.0}, {.1, .1}});
  const auto paper = options(Estimator::paper, 1, 2), bridge = options(Estimator::bridge, 1, 2);
  EXPECT_THROW(check_swaps(paper, multi, 2), Error);
  EXPECT_THROW(check_swaps(bridge, table, 2), Error);
  EXPECT_NO_THROW(check_swaps(paper, multi, 1));
  EXPECT_NO_THROW(check_swaps(paper, single, 2));
  EXPECT_NO_THROW(check_swaps(bridge, multi, 2));
}

TEST(BranchTarget, RefusesOptionsOutOfRange) {
  EXPECT_THROW(make(2, {.1, .1}, options(Estimator::paper, 0, 2)), Error);
  EXPECT_THROW(make(2, {.1, .1}, options(Estimator::bridge, -1, 2)), Error);
  EXPECT_THROW(make(2, {.1, .1}, options(Estimator::bridge, 5, 3)), Error);
  EXPECT_THROW(make(2, {.1, .1, .1}, options(Estimator::bridge, 5, 3)), Error);
  auto still = options(Estimator::bridge, 0, 2);
  still.relaxation = 0;
  EXPECT_THROW(make(2, {.1, .1}, still), Error);
}

TEST(BranchTarget, RefusesAChangedCheckpoint) {
  auto target = make(2, {.05, .02}, options(Estimator::bridge, 2, 2));
  auto state = target.start(turn(0));
  auto archive = target.pack(state);
  archive.put("live/w1", std::vector<double>{0.25});
  EXPECT_THROW(target.unpack(archive), Error);
  archive.put("live/w1", std::vector<double>{1, 1});
  EXPECT_THROW(target.unpack(archive), Error);
}

TEST(BranchTarget, StepsFollowTheAcceptanceOfTheirRung) {
  auto o = options(Estimator::bridge, 2, 2);
  auto target = make(2, {.05, .02}, o);
  auto state = target.start(turn(0));
  std::vector<double> report(at(target.report_size())), late(2);
  for (std::int64_t sweep = 1; sweep <= 4000; ++sweep) {
    target.explore(state, {1, 1.0}, turn(static_cast<std::uint64_t>(sweep)));
    target.report(state, report);
    target.adapt({1, 1.0}, report, sweep);
    if (sweep > 2000)
      for (std::size_t k = 0; k < 2; ++k) late[k] += report[k] / 2000;
  }
  EXPECT_NEAR(late[0], StepRule{}.target_acceptance, .03);
  EXPECT_NEAR(late[1], StepRule{}.target_acceptance, .03);
  const auto tuning = target.pack_tuning();
  const auto& steps = tuning.get<double>("step");
  ASSERT_EQ(steps.size(), 4u);
  EXPECT_EQ(steps[0], 0.5) << "rung 0 was never adapted";
  EXPECT_NE(steps[2], 0.5);
  auto other = make(2, {.05, .02}, o);
  other.unpack_tuning(tuning);
  EXPECT_EQ(other.pack_tuning(), tuning);
}

}  // namespace
}  // namespace echelon
