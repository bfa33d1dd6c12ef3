// Distance from the multi-scale law against inner work, at equal numbers of loss evaluations.

#include <gtest/gtest.h>

#include "statistics/estimator_table.hpp"

namespace echelon {
namespace {

using namespace oracle;
using Target = BranchTarget<TinyNet, TinyMoves>;

constexpr int seeds = 5;

TableRow run(const std::string& name, const Valley& valley, Estimator estimator, int inner,
             Switching switching, int sweeps) {
  BranchOptions options;
  options.estimator = estimator;
  options.inner_steps = inner;
  options.switching = switching;
  options.step = Valley::step();
  const auto row = table_row(
      name, valley, sweeps, seeds,
      [&] { return Target(valley.net, Valley::moves(), valley.temperatures, options); },
      [](const Target::State& state) {
        return (state.recorded ? state.recorded->weights : state.live.weights)[0](0);
      });
  print(row);
  return row;
}

/// The three budgets: what `paper` spends on 10, 50 and 200 inner moves, and the switching steps
/// (one way, round trip) that spend no more.
struct Budget {
  int paper, one_way, round_trip, sweeps;
};
constexpr Budget budgets[] = {{10, 5, 2, 100'000}, {50, 26, 13, 100'000}, {200, 105, 55, 30'000}};

class Estimators : public testing::TestWithParam<std::vector<double>> {};

TEST_P(Estimators, ComeCloserWithWorkAndBridgeHalvesThePapersBias) {
  const Valley valley(GetParam());
  print_header(valley);
  std::vector<TableRow> paper, bridge, round_trip;
  for (const auto& [inner, one_way, both_ways, sweeps] : budgets) {
    paper.push_back(run("paper", valley, Estimator::paper, inner, Switching::one_way, sweeps));
    bridge.push_back(run("bridge", valley, Estimator::bridge, one_way, Switching::one_way, sweeps));
    round_trip.push_back(run("bridge round trip", valley, Estimator::bridge, both_ways,
                             Switching::round_trip, sweeps));
    EXPECT_LE(bridge.back().evaluations, paper.back().evaluations);
    EXPECT_LE(round_trip.back().evaluations, paper.back().evaluations);
  }
  for (const auto* rows : {&paper, &bridge, &round_trip})
    for (std::size_t b = 1; b < rows->size(); ++b)
      EXPECT_LE((*rows)[b].bias(), std::max((*rows)[b - 1].bias(), .003)) << (*rows)[b].estimator;
  EXPECT_LE(std::min(bridge[1].bias(), round_trip[1].bias()), paper[1].bias() / 2);
}

INSTANTIATE_TEST_SUITE_P(Temperatures, Estimators,
                         testing::Values(std::vector{.05, .02}, std::vector{.3, .05}));

}  // namespace
}  // namespace echelon
