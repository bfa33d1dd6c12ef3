#include "echelon/sampler/annealed_target.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <tuple>

#include "echelon/tempering/target.hpp"
#include "support/oracles/gaussian_moves.hpp"
#include "support/oracles/tiny_net.hpp"

namespace echelon {
namespace {

using oracle::TinyNet;
using TinyMoves = oracle::GaussianMoves<TinyNet::Layer>;
using TinyTarget = AnnealedTarget<TinyNet, TinyMoves>;
static_assert(Target<TinyTarget>);

AnnealedOptions options(int levels, int particles, int depth) {
  AnnealedOptions result;
  result.levels = levels;
  result.particles = particles;
  result.step.assign(at(depth), 0.5);
  return result;
}

TinyTarget make(std::vector<double> a, const AnnealedOptions& o,
                std::shared_ptr<TinyNet> net = nullptr) {
  const int depth = static_cast<int>(a.size());
  if (!net) net = std::make_shared<TinyNet>(depth);
  return {net, TinyMoves{std::vector<int>(at(depth), 1)}, Temperatures(std::move(a)), o};
}

Turn turn(std::uint64_t sweep) { return {1, 0, sweep}; }

TEST(Schedule, RisesFromThePriorToTheColdestInBalance) {
  const Schedule schedule(4, 50, std::log(16));
  for (int j = 0; j <= 4; ++j)
    EXPECT_NEAR(schedule.inverse(j), 50 * (std::pow(2, j) - 1) / 15, 1e-12);
  EXPECT_EQ(schedule.coldest(), 50);
  EXPECT_EQ(schedule.below(0), 0);
  EXPECT_EQ(schedule.below(schedule.inverse(2)), 1);
  EXPECT_EQ(schedule.below(schedule.inverse(2) * (1 + 1e-12)), 2);
  EXPECT_EQ(schedule.below(50), 3);
  EXPECT_THROW(schedule.below(50.1), Error);
  EXPECT_THROW(Schedule(0, 50, 1), Error);
  EXPECT_NEAR(Schedule(5, 2, 0).inverse(2), 0.8, 1e-15);
}

TEST(NormaliserEstimate, IsTheMeanWeightAndItsRelativeVariance) {
  const std::vector<double> weights{1.0, 3.0, 2.0};
  std::vector<double> logs;
  for (const double w : weights) logs.push_back(std::log(w) + 700);
  const auto estimate = estimate_normaliser(logs);
  EXPECT_NEAR(estimate.log_mean, std::log(2) + 700, 1e-12);
  EXPECT_NEAR(estimate.variance, (1.0 / 4 + 1.0 / 4) / (2 * 3), 1e-12);
  EXPECT_EQ(estimate_normaliser(std::vector<double>{5.0}).variance, 0);
}

TEST(AnnealedTarget, CountsItsWork) {
  const auto net = std::make_shared<TinyNet>(2);
  auto target = make({.05, .02}, options(5, 2, 2), net);
  auto state = target.start(turn(0));
  target.explore(state, {0, 1.0}, turn(1));
  net->evaluations = 0;
  net->extensions = {};
  target.explore(state, {0, 1.0}, turn(2));
  EXPECT_EQ(net->evaluations, 2u * 5 + 1);  // particles x levels, and the readout
  EXPECT_EQ(net->extensions[0], 1u);
  std::vector<double> report(at(target.report_size()));
  target.report(state, report);
  EXPECT_EQ(report[3], 11);
}

/// Depths 2 and 3, one and three particles, several rungs.
class EveryAnneal : public testing::TestWithParam<std::tuple<int, int, double>> {
 protected:
  TinyTarget target() const {
    const auto [depth, particles, beta] = GetParam();
    std::vector<double> a(at(depth), 0.0);
    a.front() = .05;
    a.back() = .02;
    return make(a, options(6, particles, depth));
  }
  Rung rung() const { return {1, std::get<2>(GetParam())}; }
};

TEST_P(EveryAnneal, KeepsBranchesAndLossOfItsWeights) {
  const TinyNet net(std::get<0>(GetParam()));
  auto sampler = target();
  auto state = sampler.start(turn(0));
  for (std::uint64_t sweep = 1; sweep <= 50; ++sweep) {
    sampler.explore(state, rung(), turn(sweep));
    std::vector<double> w;
    for (const auto& layer : state.draw.weights) w.push_back(layer(0));
    ASSERT_NEAR(net.loss(w), sampler.energy(state), 1e-14);
    for (const auto& particle : state.anneal.particles)
      for (std::size_t level = 0; level < particle.loss.size(); ++level) {
        for (std::size_t k = 1; k < w.size(); ++k) w[k] = particle.weights[level][k - 1](0);
        ASSERT_NEAR(net.loss(w), particle.loss[level], 1e-14);
      }
  }
}

TEST_P(EveryAnneal, GoesOnWithTheSameBitsAfterUnpacking) {
  auto sampler = target();
  auto state = sampler.start(turn(0));
  for (std::uint64_t sweep = 1; sweep <= 3; ++sweep) sampler.explore(state, rung(), turn(sweep));
  sampler.log_ratio(state, rung(), {2, 1.0}, turn(3));
  auto resumed = sampler.unpack(Archive::from_bytes(sampler.pack(state).to_bytes()));
  EXPECT_EQ(sampler.pack(resumed), sampler.pack(state));
  EXPECT_EQ(sampler.statistics(resumed), sampler.statistics(state));
  sampler.explore(state, rung(), turn(4));
  sampler.explore(resumed, rung(), turn(4));
  EXPECT_EQ(sampler.pack(resumed), sampler.pack(state));
}

TEST_P(EveryAnneal, AWarmerSwapReadsAPrefixAndAColderOneExtends) {
  auto sampler = target();
  auto state = sampler.start(turn(0));
  sampler.explore(state, rung(), turn(1));
  const auto before = state.anneal;
  const Rung warmer{0, rung().beta * 0.3}, colder{2, 1.0};
  const double down = sampler.log_ratio(state, rung(), warmer, turn(1));
  EXPECT_EQ(state.anneal.level(), before.level());
  const double up = sampler.log_ratio(state, rung(), colder, turn(1));
  EXPECT_EQ(state.anneal.level(), sampler.schedule().below(50));
  // Whatever was read is theta log of the mean weight; the old levels are untouched.
  const auto tilt = [&](const Anneal<TinyNet>& anneal, Rung at_rung) {
    const auto logs = anneal.log_weights(sampler.schedule(), at_rung.beta / .02);
    return .02 / .07 * log_mean_exp(logs);
  };
  EXPECT_NEAR(down, tilt(before, warmer) - tilt(before, rung()), 1e-13);
  EXPECT_NEAR(up, tilt(state.anneal, colder) - tilt(before, rung()), 1e-13);
  for (std::size_t i = 0; i < before.particles.size(); ++i)
    for (std::size_t level = 0; level < before.particles[i].loss.size(); ++level)
      EXPECT_EQ(state.anneal.particles[i].loss[level], before.particles[i].loss[level]);
}

TEST_P(EveryAnneal, RefreshIsThePriorAndItsFirstParticle) {
  auto sampler = target();
  auto state = sampler.start(turn(0));
  sampler.explore(state, rung(), turn(1));
  sampler.explore(state, {0, 0.0}, turn(2));
  EXPECT_EQ(state.anneal.level(), 0);
  EXPECT_EQ(state.anneal.particles[0].loss[0], sampler.energy(state));
  EXPECT_EQ(state.anneal.particles[0].weights[0][0], state.draw.weights[1]);
  EXPECT_EQ(sampler.log_ratio(state, {0, 0.0}, {0, 0.0}, turn(2)), 0);
  const double up = sampler.log_ratio(state, {0, 0.0}, {1, 1e-9}, turn(2));
  EXPECT_NEAR(up, 0, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Anneals, EveryAnneal,
                         testing::Combine(testing::Values(2, 3), testing::Values(1, 3),
                                          testing::Values(1.0, 0.37)));

TEST(AnnealedTarget, TheReadoutNeverFeedsBack) {
  auto target = make({.05, .02}, options(6, 2, 2));
  auto one = target.start(turn(0)), other = one;
  other.draw.weights.back() *= 3;
  for (std::uint64_t sweep = 1; sweep <= 20; ++sweep) {
    target.explore(one, {0, 1.0}, turn(sweep));
    target.explore(other, {0, 1.0}, turn(sweep));
    EXPECT_EQ(one.draw.weights, other.draw.weights);
  }
}

TEST(AnnealedTarget, TuningTravelsAndOnlyTheColdestRungTunesTheAnneals) {
  auto target = make({.05, .02}, options(6, 1, 2));
  std::vector<double> report(at(target.report_size()), 0.9);
  const auto before = target.pack_tuning();
  target.adapt({0, 0.5}, report, 1);
  auto warm = target.pack_tuning();
  EXPECT_EQ(warm.part("anneal"), before.part("anneal"));
  target.adapt({1, 1.0}, report, 1);
  const auto tuned = target.pack_tuning();
  EXPECT_NE(tuned.part("anneal"), before.part("anneal"));
  auto other = make({.05, .02}, options(6, 1, 2));
  other.unpack_tuning(tuned);
  EXPECT_EQ(other.pack_tuning(), tuned);
  auto one = target.start(turn(0)), two = one;
  target.explore(one, {1, 1.0}, turn(1));
  other.explore(two, {1, 1.0}, turn(1));
  EXPECT_EQ(target.pack(one), other.pack(two));
}

TEST(AnnealedTarget, RefusesWhatItCannotAnneal) {
  EXPECT_THROW(make({.05, .1, .02}, options(6, 1, 3)), Error);
  EXPECT_NO_THROW(make({.05, 0, .02}, options(6, 1, 3)));
  EXPECT_THROW(make({.05}, options(6, 1, 1)), Error);
  EXPECT_THROW(make({.05, .02}, options(0, 1, 2)), Error);
  EXPECT_THROW(make({.05, .02}, options(6, 0, 2)), Error);
}

}  // namespace
}  // namespace echelon
