// The law that `collapsed` samples, on nets small enough for quadrature [theory 6.4]. TinyNet's
// GridLaw integrates both weights numerically; nothing of it is Gaussian algebra.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <vector>

#include "echelon/sampler/collapsed_target.hpp"
#include "support/known_answer.hpp"
#include "support/oracles/gaussian_moves.hpp"
#include "support/oracles/grid_law.hpp"
#include "support/oracles/tiny_net.hpp"
#include "support/statistics.hpp"

namespace echelon {
namespace {

using oracle::Axis;
using oracle::BinCount;
using oracle::GridLaw;
using oracle::TinyNet;
using Moves = oracle::GaussianMoves<TinyNet::Layer>;
using TargetType = CollapsedTarget<TinyNet, Moves>;

constexpr double prior_mean = 0.3, prior_scale = 1.2;

TargetType make_target(int depth, const std::vector<double>& a, Moves::Kind kind) {
  Moves moves{std::vector<int>(at(depth), 1), prior_mean, prior_scale, kind};
  CollapsedOptions options;
  options.step.assign(at(depth), 0.8);
  options.adaptation = StepAdaptation::none;
  return {std::make_shared<TinyNet>(depth),
          moves,
          Temperatures(a),
          {Matrix<double>::Constant(1, 1, prior_mean), prior_scale},
          options};
}

GridLaw make_law(int depth, const std::vector<double>& a, double beta, int points,
                 int last_points) {
  const Temperatures temperatures(a);
  std::vector<Axis> axes;
  for (int k = 0; k < depth; ++k)
    axes.push_back(Axis::normal(prior_mean, prior_scale, temperatures.cumulative(k, {0, beta}), k,
                                k + 1 == depth ? last_points : points));
  const TinyNet net(depth);
  return {axes, [&](std::span<const double> w) { return net.loss(w); }};
}

/// Everything a long run at one rung tells.
struct Series {
  std::vector<std::vector<double>> weights;  // [layer][sweep]
  std::vector<double> loss, conditional_loss, free_energy;
};

Series run_at(TargetType target, int depth, Rung rung, int sweeps, std::uint64_t seed) {
  Series result;
  result.weights.resize(at(depth));
  auto state = target.start({seed, 0, 0});
  const std::string free_energy = "free_energy_" + std::to_string(depth - 1);
  for (int sweep = 1; sweep <= sweeps + 1000; ++sweep) {
    target.explore(state, rung, {seed, 0, static_cast<std::uint64_t>(sweep)});
    if (sweep <= 1000) continue;
    for (int k = 0; k < depth; ++k) result.weights[at(k)].push_back(state.draw.weights[at(k)](0));
    const Archive statistics = target.statistics(state);
    result.loss.push_back(target.energy(state));
    result.conditional_loss.push_back(statistics.get_scalar<double>("conditional_loss"));
    result.free_energy.push_back(statistics.get_scalar<double>(free_energy));
  }
  return result;
}

void expect_mean(std::span<const double> series, double expected, const std::string& what) {
  const auto estimate = oracle::batch_means(series);
  oracle::expect_at_most("6.4", what + ", standard errors",
                         std::abs(estimate.mean - expected) / estimate.error, 4);
}

struct Case {
  std::vector<double> a;
  double beta;
};

class EveryRung : public testing::TestWithParam<Case> {};

// 2e5 sweeps of a chain whose correlation time is about 10: the noise in the binned distance is
// about .02, an energy at the wrong theta gives .2 and more.
TEST_P(EveryRung, HasTheLawOfQuadrature) {
  const auto& [a, beta] = GetParam();
  const int depth = static_cast<int>(a.size());
  const Temperatures temperatures(a);
  const GridLaw law = depth == 2 ? make_law(2, a, beta, 701, 1201) : make_law(3, a, beta, 101, 241);
  const Series chain =
      run_at(make_target(depth, a, Moves::Kind::symmetric), depth, {1, beta}, 200000, 17);
  for (int k = 0; k < depth; ++k) {
    const double distance = oracle::binned_distance(chain.weights[at(k)], law.equal_bins(k, 40));
    oracle::expect_at_most("6.4", fmt::format("collapsed: law of weight {}", k + 1), distance, .03);
  }
  expect_mean(chain.loss, law.mean_loss(), "collapsed: E[L] of the draws");
  expect_mean(chain.conditional_loss, law.mean_loss(),
              "collapsed: E[L] from the conditional means");
  const double hidden = temperatures.cumulative(depth - 2, {1, beta});
  expect_mean(chain.free_energy, law.free_energy() - hidden * law.divergence(depth - 2),
              "collapsed: E[V_1]");
}

INSTANTIATE_TEST_SUITE_P(CollapsedLaw, EveryRung,
                         testing::Values(Case{{.05, .02}, 1.0}, Case{{.05, .02}, 0.25},
                                         Case{{.3, .05}, 1.0}, Case{{.3, .05}, 0.1},
                                         Case{{0, .05}, 1.0}, Case{{0, .05, .02}, 1.0},
                                         Case{{0, .3, .05}, 0.5}));

/// An exact draw of w_1, as a state of the target; what it holds as w_2 is never read.
TargetType::State exact_state(const TinyNet& net, const GridLaw& law, Stream& stream) {
  const auto layer = [](double w) { return TinyNet::Layer::Constant(1, 1, w).eval(); };
  Point<TinyNet> point{{layer(law.quantile(0, stream.uniform())), layer(0)}, {}, 0};
  evaluate(net, point);
  LinearHead head(net.moments(point.path.back()),
                  {Matrix<double>::Constant(1, 1, prior_mean), prior_scale});
  return {std::move(point), std::move(head), {}, Counters(2)};
}

// 50,000 exact draws see a change of .02 in the law of w_1 in the first round.
TEST(CollapsedInvariance, OneSweepKeepsTheLawOfEveryRung) {
  const TinyNet net(2);
  const std::vector<double> a{.05, .02};
  for (const double beta : {0.25, 1.0})
    for (const auto kind : {Moves::Kind::symmetric, Moves::Kind::pcn}) {
      const GridLaw law = make_law(2, a, beta, 701, 601);
      auto target = make_target(2, a, kind);
      const bool passed = oracle::passes_sequentially(50000, [&](int n, int round) {
        BinCount first(law.equal_bins(0, 40)), second(law.equal_bins(1, 40));
        const auto attempt = static_cast<std::uint64_t>(round);
        for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(n); ++i) {
          const Turn turn{31, i, attempt};
          Stream stream(turn.address(Purpose::start));
          auto state = exact_state(net, law, stream);
          target.explore(state, {1, beta}, turn);
          first.add(state.draw.weights[0](0));
          second.add(state.draw.weights[1](0));
        }
        return std::vector<double>{first.p_value(), second.p_value()};
      });
      oracle::expect_invariant("theta < 1", fmt::format("collapsed, a sweep at beta {}", beta),
                               passed);
    }
}

TEST(CollapsedInvariance, ASwapKeepsTheLawOfBothRungs) {
  const TinyNet net(2);
  const std::vector<double> a{.05, .02};
  const Rung hot{0, 0.1}, cold{1, 1.0};
  const GridLaw hot_law = make_law(2, a, hot.beta, 701, 601);
  const GridLaw cold_law = make_law(2, a, cold.beta, 701, 601);
  auto target = make_target(2, a, Moves::Kind::symmetric);
  double accepted = 0, attempts = 0;
  const bool passed = oracle::passes_sequentially(50000, [&](int n, int round) {
    BinCount hot_bins(hot_law.equal_bins(0, 40)), cold_bins(cold_law.equal_bins(0, 40));
    const auto attempt = static_cast<std::uint64_t>(round);
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(n); ++i) {
      const Turn turn{37, i, attempt};
      Stream stream(turn.address(Purpose::start));
      auto x = exact_state(net, hot_law, stream), y = exact_state(net, cold_law, stream);
      const double log_ratio =
          target.log_ratio(x, hot, cold, turn) + target.log_ratio(y, cold, hot, turn);
      if (std::log(stream.uniform()) < log_ratio) std::swap(x, y), ++accepted;
      ++attempts;
      hot_bins.add(x.draw.weights[0](0));
      cold_bins.add(y.draw.weights[0](0));
    }
    return std::vector<double>{hot_bins.p_value(), cold_bins.p_value()};
  });
  oracle::expect_invariant("theta < 1", "collapsed, a swap", passed);
  EXPECT_GT(accepted / attempts, 0.1);
  EXPECT_LT(accepted / attempts, 0.9);
}

// V_0 = -A_1 log E_Q[Z^theta], from the swap terms of prior draws alone: 2e5 of them give V_0 to
// about 1e-4.
TEST(CollapsedFreeEnergy, FollowsFromTheSwapTermsOfThePrior) {
  const std::vector<double> a{.05, .02};
  auto target = make_target(2, a, Moves::Kind::symmetric);
  auto state = target.start({41, 0, 0});
  std::vector<double> tilt;
  for (std::uint64_t i = 0; i < 200000; ++i) {
    target.refresh(state, {0, 0.0}, {41, 0, i});
    tilt.push_back(std::exp(target.log_ratio(state, {0, 0.0}, {1, 1.0}, {})));
  }
  const auto estimate = oracle::batch_means(tilt);
  const double expected = std::exp(-make_law(2, a, 1.0, 701, 1201).free_energy() / .07);
  oracle::expect_at_most("6.4", "collapsed: V_0, standard errors",
                         std::abs(estimate.mean - expected) / estimate.error, 4);
  EXPECT_LT(estimate.error, 0.01 * expected);
}

}  // namespace
}  // namespace echelon
