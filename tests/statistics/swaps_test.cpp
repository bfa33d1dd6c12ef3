// Swaps at theta < 1 [theory 4]: the rule needs the normalisers of the deeper layers.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "statistics/branch_run.hpp"
#include "support/known_answer.hpp"
#include "support/oracles/gaussian_moves.hpp"
#include "support/oracles/grid_law.hpp"
#include "support/oracles/tiny_net.hpp"
#include "support/oracles/transitions.hpp"

namespace echelon {
namespace {

using namespace oracle;

enum class Rule { with_normalisers, energy_only };

/// What one swap between two rungs does to the law of the colder one, by enumeration: total
/// variation between that law and itself after the swap.
double moved_by_a_swap(Rule rule) {
  const TableNet net({1, 1}, 3, random_table(9, 7));
  const TableMoves moves{3, 0.4, {1, 1}};
  const double betas[] = {.3, 1};
  const std::vector<double> a{.3, .1};
  std::vector<double> law[2];
  for (int r = 0; r < 2; ++r)
    law[r] = law_of(net, moves, Temperatures({a[0] / betas[r], a[1] / betas[r]})).joint();
  const auto log_density = [&](int r, std::size_t x) {
    if (rule == Rule::energy_only) return -betas[r] / a[1] * net.loss(static_cast<int>(x));
    return std::log(law[r][x]);
  };
  std::vector<double> after = law[1];
  for (std::size_t x = 0; x < 9; ++x)
    for (std::size_t y = 0; y < 9; ++y) {
      const double log_ratio =
          log_density(0, y) + log_density(1, x) - log_density(0, x) - log_density(1, y);
      const double flow = law[0][x] * law[1][y] * std::min(1.0, std::exp(log_ratio));
      after[x] += flow;
      after[y] -= flow;
    }
  return total_variation(law[1], after);
}

TEST(Swap, WithNormalisersIsExactAndEnergyAloneIsFound) {
  expect_at_most("swap", "with normalisers: the cold law moves by",
                 moved_by_a_swap(Rule::with_normalisers), 1e-15);
  expect_at_least("mutant", "energy-only swap: the cold law moves by",
                  moved_by_a_swap(Rule::energy_only), 1e-2);
}

using Moves = GaussianMoves<TinyNet::Layer>;
using Target = BranchTarget<TinyNet, Moves>;

/// Three rungs, the first refreshed from the prior, even-odd swaps by the bridge's own log_ratio:
/// both warm and cold marginals of w_1 stay where quadrature puts them.
TEST(Swap, LadderOfBridgesKeepsEveryRungsMarginal) {
  const std::vector<double> a{.05, .02};
  const double betas[] = {0, .3, 1};
  const Method method{"round trip", Estimator::bridge, 16, Switching::round_trip};
  Target target(std::make_shared<const TinyNet>(2), Moves{{1, 1}, 1, .5}, Temperatures(a),
                method.options({.4, .4}));
  std::vector<Target::State> states;
  for (std::uint32_t r = 0; r < 3; ++r) states.push_back(target.start({1, r, 0}));
  std::vector<double> draws[3];
  int swaps = 0;
  for (std::uint64_t sweep = 1; sweep <= 20'000; ++sweep) {
    for (std::uint32_t r = 0; r < 3; ++r) {
      target.explore(states[r], {static_cast<int>(r), betas[r]}, {1, r, sweep});
      draws[r].push_back(states[r].live.weights[0](0));
    }
    const auto low = static_cast<std::uint32_t>(sweep % 2);
    const Rung here{static_cast<int>(low), betas[low]}, there{here.index + 1, betas[low + 1]};
    const double log_ratio = target.log_ratio(states[low], here, there, {1, low, sweep}) +
                             target.log_ratio(states[low + 1], there, here, {1, low + 1, sweep});
    Stream stream({1, Purpose::swap, low, sweep});
    if (happens(stream, std::min(1.0, std::exp(log_ratio)))) {
      std::swap(states[low], states[low + 1]);
      ++swaps;
    }
  }
  EXPECT_GT(swaps, 2'000);
  const TinyNet net(2);
  for (int r = 1; r < 3; ++r) {
    std::vector<Axis> axes;
    for (int k = 0; k < 2; ++k)
      axes.push_back(Axis::normal(1, .5, Temperatures(a).cumulative(k, {r, betas[r]}), k, 241, 6));
    const GridLaw law(axes, [&](std::span<const double> w) { return net.loss(w); });
    const double distance = binned_distance(draws[r], law.equal_bins(0, 20));
    expect_at_most("swap", fmt::format("bridge: law of w_1 on rung {} of a ladder", r), distance,
                   .03);
  }
}

}  // namespace
}  // namespace echelon
