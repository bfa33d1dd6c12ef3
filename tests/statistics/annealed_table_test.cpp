// The rows of `annealed` in the table of estimators (estimator_table.hpp): distance from the
// multi-scale law against inner work, with the common inner kernel at its common step.

#include <gtest/gtest.h>

#include "echelon/sampler/annealed_target.hpp"
#include "statistics/estimator_table.hpp"

namespace echelon {
namespace {

using namespace oracle;
using TargetType = AnnealedTarget<TinyNet, TinyMoves>;

TargetType make_target(const Valley& valley, int levels, int particles) {
  AnnealedOptions options;
  options.levels = levels;
  options.particles = particles;
  options.correction = SpreadCorrection::variance;
  options.step = Valley::step();
  return {valley.net, Valley::moves(), valley.temperatures, options};
}

constexpr int seeds = 5;

struct Budget {
  int levels, particles, sweeps;
};
/// 11, 49 and 201 losses per outer step.
constexpr Budget budgets[] = {{10, 1, 60'000}, {12, 4, 60'000}, {50, 4, 30'000}};

class AnnealedTable : public testing::TestWithParam<std::vector<double>> {};

// Over five seeds the distance above the noise floor is known to about .003.
TEST_P(AnnealedTable, ComesCloserWithWork) {
  const Valley valley(GetParam());
  print_header(valley);
  std::vector<double> bias;
  for (const auto& [levels, particles, sweeps] : budgets) {
    const auto row = table_row(
        "annealed", valley, sweeps, seeds,
        [&, count = levels, width = particles] { return make_target(valley, count, width); },
        [](const TargetType::State& state) { return state.draw.weights[0](0); });
    print(row);
    EXPECT_LE(row.evaluations, levels * particles + 1.01);
    bias.push_back(row.bias());
  }
  EXPECT_GE(bias[0], .02) << "the problem is too easy to tell anything";
  EXPECT_LE(bias[1], bias[0] / 2);
  EXPECT_LE(bias[2], std::max(bias[1], .008));
}

INSTANTIATE_TEST_SUITE_P(Temperatures, AnnealedTable,
                         testing::Values(std::vector{.05, .02}, std::vector{.3, .05}));

}  // namespace
}  // namespace echelon
