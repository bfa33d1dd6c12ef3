// The law that `annealed` samples. Exact draws of its extended law Q_1(w_1) p(u | w_1) f(u) come by
// rejection, from prior draws and fresh anneals alone: f = Z^theta (estimated) is at most 1 because
// losses are not negative. At theta = 1 the law of the weights is the one of quadrature.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "echelon/sampler/annealed_target.hpp"
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
using TargetType = AnnealedTarget<TinyNet, Moves>;

constexpr double prior_mean = 0.3, prior_scale = 1.2;
constexpr Rung prior_end{0, 0.0};

TargetType make_target(const std::vector<double>& a, int levels, int particles) {
  const int depth = static_cast<int>(a.size());
  AnnealedOptions options;
  options.levels = levels;
  options.particles = particles;
  options.step.assign(at(depth), 0.6);
  options.adaptation = StepAdaptation::none;
  return {std::make_shared<TinyNet>(depth),
          Moves{std::vector<int>(at(depth), 1), prior_mean, prior_scale}, Temperatures(a), options};
}

GridLaw make_law(const std::vector<double>& a, double beta, std::vector<int> points) {
  const Temperatures temperatures(a);
  std::vector<Axis> axes;
  for (int k = 0; k < temperatures.depth(); ++k)
    axes.push_back(Axis::normal(prior_mean, prior_scale, temperatures.cumulative(k, {0, beta}), k,
                                points[at(k)]));
  const TinyNet net(temperatures.depth());
  return {axes, [&](std::span<const double> w) { return net.loss(w); }};
}

/// An exact draw of the extended law at this rung; `turn` names the draw.
TargetType::State exact_draw(TargetType& target, Rung rung, std::uint32_t index,
                             std::uint64_t round) {
  auto state = target.start({round, index, 0});
  for (std::uint64_t attempt = 1;; ++attempt) {
    const Turn turn{round, index, attempt};
    target.refresh(state, prior_end, turn);
    Stream stream(turn.address(Purpose::swap));
    if (std::log(stream.uniform()) < target.log_ratio(state, prior_end, rung, turn)) return state;
  }
}

/// The numbers of a sweep that follows the draw.
Turn afterwards(std::uint32_t index, std::uint64_t round) { return {round, index, 1u << 30}; }

struct Case {
  std::vector<double> a;
  double beta;
  int particles;
  std::vector<int> points;  // of the quadrature
};

class SingleScale : public testing::TestWithParam<Case> {};

// 20,000 independent draws see a change of .03 in either law in the first round.
TEST_P(SingleScale, ASweepKeepsTheLawOfQuadrature) {
  const auto& [a, inverse_scale, particles, points] = GetParam();
  const double beta = inverse_scale;  // clang 14 captures no structured binding
  const GridLaw law = make_law(a, beta, points);
  auto target = make_target(a, 5, particles);
  const int depth = static_cast<int>(a.size());
  const bool passed = oracle::passes_sequentially(20000, [&](int n, int round) {
    std::vector<BinCount> bins;
    for (int k = 0; k < depth; ++k) bins.emplace_back(law.equal_bins(k, 40));
    const auto seed = 100 + static_cast<std::uint64_t>(round);
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(n); ++i) {
      auto state = exact_draw(target, {1, beta}, i, seed);
      target.explore(state, {1, beta}, afterwards(i, seed));
      for (int k = 0; k < depth; ++k) bins[at(k)].add(state.draw.weights[at(k)](0));
    }
    std::vector<double> p;
    for (const auto& bin : bins) p.push_back(bin.p_value());
    return p;
  });
  oracle::expect_invariant("theta = 1",
                           fmt::format("annealed, {} particles, beta {}", particles, beta), passed);
}

INSTANTIATE_TEST_SUITE_P(AnnealedInvariance, SingleScale,
                         testing::Values(Case{{0, .05}, 1.0, 1, {701, 701}},
                                         Case{{0, .05}, 0.3, 3, {701, 701}}));

/// Two samples of w_1, binned: exact draws, and exact draws after a move.
struct Comparison {
  BinCount direct, moved;
  explicit Comparison(const GridLaw& law)
      : direct(law.equal_bins(0, 40)), moved(law.equal_bins(0, 40)) {}
  double p_value() const { return oracle::same_law_p_value(direct.counts(), moved.counts()); }
};

// With three layers the comparison is with plain rejection from the prior, exp(-L / a_d) <= 1.
TEST(AnnealedInvariance, ASweepKeepsTheGibbsLawOfThreeLayers) {
  const TinyNet net(3);
  const double temperature = .1;
  auto target = make_target({0, 0, temperature}, 5, 2);
  std::vector<double> edges;
  for (int b = -9; b <= 9; ++b) edges.push_back(prior_mean + 0.2 * b);
  const bool passed = oracle::passes_sequentially(10000, [&](int n, int round) {
    std::vector<BinCount> direct(3, BinCount(edges)), moved = direct;
    const auto seed = 400 + 2 * static_cast<std::uint64_t>(round);
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(n); ++i) {
      Stream stream(Turn{seed, i, 0}.address(Purpose::start));
      std::vector<double> w(3);
      do {
        for (double& x : w) x = prior_mean + prior_scale * stream.normal();
      } while (std::log(stream.uniform()) > -net.loss(w) / temperature);
      auto state = exact_draw(target, {1, 1.0}, i, seed + 1);
      target.explore(state, {1, 1.0}, afterwards(i, seed + 1));
      for (int k = 0; k < 3; ++k) {
        direct[at(k)].add(w[at(k)]);
        moved[at(k)].add(state.draw.weights[at(k)](0));
      }
    }
    std::vector<double> p;
    for (int k = 0; k < 3; ++k)
      p.push_back(oracle::same_law_p_value(direct[at(k)].counts(), moved[at(k)].counts()));
    return p;
  });
  oracle::expect_invariant("theta = 1", "annealed, three layers", passed);
}

TEST(AnnealedInvariance, ASweepKeepsTheExtendedLawAtThetaBelowOne) {
  const std::vector<double> a{.05, .02};
  for (const int particles : {1, 3}) {
    auto target = make_target(a, 5, particles);
    const Rung rung{1, particles == 1 ? 1.0 : 0.4};
    const GridLaw law = make_law(a, rung.beta, {701, 701});
    const bool passed = oracle::passes_sequentially(20000, [&](int n, int round) {
      Comparison sample(law);
      const auto seed = 200 + 2 * static_cast<std::uint64_t>(round);
      for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(n); ++i) {
        sample.direct.add(exact_draw(target, rung, i, seed).draw.weights[0](0));
        auto state = exact_draw(target, rung, i, seed + 1);
        target.explore(state, rung, afterwards(i, seed + 1));
        sample.moved.add(state.draw.weights[0](0));
      }
      return std::vector<double>{sample.p_value()};
    });
    oracle::expect_invariant(
        "theta < 1", fmt::format("annealed, its extended law, {} particles", particles), passed);
  }
}

TEST(AnnealedInvariance, ASwapKeepsTheExtendedLawOfBothRungs) {
  const std::vector<double> a{.05, .02};
  auto target = make_target(a, 5, 2);
  const Rung hot{1, 0.15}, cold{2, 1.0};
  const GridLaw hot_law = make_law(a, hot.beta, {701, 701});
  const GridLaw cold_law = make_law(a, cold.beta, {701, 701});
  double accepted = 0, attempts = 0;
  const bool passed = oracle::passes_sequentially(20000, [&](int n, int round) {
    Comparison at_hot(hot_law), at_cold(cold_law);
    const auto seed = 300 + 4 * static_cast<std::uint64_t>(round);
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(n); ++i) {
      at_hot.direct.add(exact_draw(target, hot, i, seed).draw.weights[0](0));
      at_cold.direct.add(exact_draw(target, cold, i, seed + 1).draw.weights[0](0));
      auto x = exact_draw(target, hot, i, seed + 2), y = exact_draw(target, cold, i, seed + 3);
      const double log_ratio = target.log_ratio(x, hot, cold, afterwards(i, seed + 2)) +
                               target.log_ratio(y, cold, hot, afterwards(i, seed + 3));
      Stream stream(afterwards(i, seed + 2).address(Purpose::swap));
      if (std::log(stream.uniform()) < log_ratio) std::swap(x, y), ++accepted;
      ++attempts;
      at_hot.moved.add(x.draw.weights[0](0));
      at_cold.moved.add(y.draw.weights[0](0));
    }
    return std::vector<double>{at_hot.p_value(), at_cold.p_value()};
  });
  oracle::expect_invariant("theta < 1", "annealed, a swap of its extended law", passed);
  EXPECT_GT(accepted / attempts, 0.1);
  EXPECT_LT(accepted / attempts, 0.9);
}

}  // namespace
}  // namespace echelon
