// Integrals along a ladder, on a law whose every expectation is exact: losses L ~ Gamma(shape)
// under the prior, so that E_beta[L] = shape / (1 + beta c) and Z_beta = (1 + beta c)^-shape with
// c = inverse temperature.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/diagnostics/integral.hpp"
#include "echelon/diagnostics/ladder_functional.hpp"
#include "echelon/diagnostics/series.hpp"
#include "echelon/diagnostics/stepping_stone.hpp"

namespace echelon {
namespace {

using Doubles = std::vector<double>;
constexpr double shape = 3;
constexpr double inverse_temperature = 8;

Doubles geometric(int rungs) {
  Doubles betas{0};
  for (int k = 1; k < rungs; ++k) betas.push_back(std::pow(50, (k + 1. - rungs) / (rungs - 2.)));
  return betas;
}

Doubles gamma_draws(double beta, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::gamma_distribution<double> gamma(shape, 1 / (1 + beta * inverse_temperature));
  Doubles draws(count);
  for (double& draw : draws) draw = gamma(generator);
  return draws;
}

std::vector<std::span<const double>> view(const std::vector<Doubles>& series) {
  return {series.begin(), series.end()};
}

TEST(LadderIntegral, IsBracketedByLeftAndRightSums) {
  const double exact = shape * std::log1p(inverse_temperature) / inverse_temperature;
  double gap = 1e9;
  for (const int rungs : {3, 6, 20, 300}) {
    const Doubles betas = geometric(rungs);
    std::vector<Estimate> means;
    for (const double beta : betas) means.push_back({shape / (1 + beta * inverse_temperature), 0});
    const LadderIntegral sums = integrate_over_beta(betas, means);
    EXPECT_GT(sums.left.value, exact);
    EXPECT_LT(sums.right.value, exact);
    EXPECT_NEAR(sums.trapezoid.value, (sums.left.value + sums.right.value) / 2, 1e-15);
    EXPECT_LT(sums.left.value - sums.right.value, gap);
    gap = sums.left.value - sums.right.value;
  }
  EXPECT_LT(gap, .05);
}

TEST(LadderIntegral, AddsErrorsInQuadratureWithTheirWeights) {
  const std::vector<Estimate> means{{.9, .03}, {.5, .02}, {.4, .01}};
  const LadderIntegral sums = integrate_over_beta(Doubles{0, .25, 1}, means);
  EXPECT_NEAR(sums.left.value, .25 * .9 + .75 * .5, 1e-15);
  EXPECT_NEAR(sums.right.value, .25 * .5 + .75 * .4, 1e-15);
  EXPECT_NEAR(sums.left.standard_error, std::hypot(.25 * .03, .75 * .02), 1e-15);
  EXPECT_NEAR(sums.right.standard_error, std::hypot(.25 * .02, .75 * .01), 1e-15);
  EXPECT_NEAR(sums.trapezoid.standard_error, std::hypot(.125 * .03, .5 * .02, .375 * .01), 1e-15);
  // What has no weight needs no error; what has one and no error leaves none.
  std::vector<Estimate> unknown = means;
  unknown[2].standard_error = std::nan("");
  EXPECT_EQ(integrate_over_beta(Doubles{0, .25, 1}, unknown).left.standard_error,
            sums.left.standard_error);
  EXPECT_TRUE(std::isnan(integrate_over_beta(Doubles{0, .25, 1}, unknown).right.standard_error));
  EXPECT_THROW(integrate_over_beta(Doubles{0, .5, .5}, means), Error);
  EXPECT_THROW(integrate_over_beta(Doubles{0, 1}, means), Error);
}

/// A quantity known every fourth sweep, the mean loss of the four: it and the mean loss cancel to
/// the last bit of their error, however noisy they are, since they are weighed over the same
/// sweeps.
TEST(LadderFunctional, KnowsThatRareQuantitiesGoWithTheRest) {
  LadderBlocks chain(1, 1, 2);
  double four = 0;
  for (int sweep = 0; sweep < 64; ++sweep) {
    const double loss = std::sin(3.0 * sweep * sweep);
    four += loss / 4;
    const bool known = sweep % 4 == 3;
    const double extra = known ? four : std::nan("");
    if (known) four = 0;
    const double none = std::nan("");
    chain.add(std::span(&loss, 1), std::span(&none, 1), -1, std::span(&extra, 1));
  }
  const auto difference = estimate(std::span(&chain, 1), {0, 1, {-1}, {1}});
  EXPECT_NEAR(difference.value, 0, 1e-15);
  EXPECT_NEAR(difference.standard_error, 0, 1e-15);
  EXPECT_GT(estimate(std::span(&chain, 1), {0, 1, {1}, {}}).standard_error, .02);
  EXPECT_GT(estimate(std::span(&chain, 1), {0, 1, {}, {1}}).standard_error, .02);
  LadderBlocks never(1, 1, 2);
  const double loss = 1, none = std::nan("");
  for (int sweep = 0; sweep < 64; ++sweep)
    never.add(std::span(&loss, 1), std::span(&none, 1), -1, std::span(&none, 1));
  EXPECT_TRUE(std::isnan(estimate(std::span(&never, 1), {0, 1, {}, {1}}).value));
}

TEST(LargestRise, FindsThePairThatEquilibriumRulesOut) {
  const Rise rise =
      largest_rise(std::vector<Estimate>{{.9, .01}, {.5, .03}, {.6, .04}, {.55, .01}, {.56, .01}});
  EXPECT_EQ(rise.rung, 1);
  EXPECT_NEAR(rise.sigmas, 2, 1e-12);
  EXPECT_LT(largest_rise(std::vector<Estimate>{{.9, .01}, {.5, .03}}).sigmas, 0);
  EXPECT_EQ(largest_rise(std::vector<Estimate>{{.9, .01}, {.5, std::nan("")}}).rung, -1);
  EXPECT_EQ(largest_rise({}).rung, -1);
}

TEST(SteppingStone, FindsTheKnownNormaliserFromBothSides) {
  const Doubles betas = geometric(7);
  std::vector<Doubles> losses;
  for (std::size_t k = 0; k < betas.size(); ++k) losses.push_back(gamma_draws(betas[k], 20000, k));
  const auto [forward, backward] = stepping_stone(betas, view(losses), inverse_temperature);
  const double exact = -shape * std::log1p(inverse_temperature);
  EXPECT_NEAR(forward.value, exact, 4.9 * forward.standard_error);
  EXPECT_NEAR(backward.value, exact, 4.9 * backward.standard_error);
  EXPECT_LT(forward.standard_error, .02);
  EXPECT_LT(backward.standard_error, .04);
}

// Over 300 repetitions the errors are the spread of the values (level 1e-6: within 20 % + bias).
TEST(SteppingStone, ReportsItsSpread) {
  const Doubles betas{0, .1, .4, 1};
  const double exact = -shape * std::log1p(inverse_temperature);
  double squares = 0;
  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    std::vector<Doubles> losses;
    for (std::size_t k = 0; k < betas.size(); ++k)
      losses.push_back(gamma_draws(betas[k], 2000, 10 * trial + k));
    const Estimate forward = stepping_stone(betas, view(losses), inverse_temperature).forward;
    squares += std::pow((forward.value - exact) / forward.standard_error, 2);
  }
  EXPECT_NEAR(squares / 300, 1, .4);
}

TEST(SteppingStone, ForwardLiesBelowBackwardWhenRungsHardlyOverlap) {
  const std::vector<Doubles> losses{gamma_draws(0, 200, 1), gamma_draws(100, 200, 2)};
  const auto [forward, backward] =
      stepping_stone(Doubles{0, 100}, view(losses), inverse_temperature);
  EXPECT_LT(forward.value + 1, backward.value);
}

// Ratios between layers' normalisers come in as series of their own.
TEST(SteppingStone, TakesGeneralLogRatios) {
  const std::vector<Doubles> up{{0, std::log(3.0), 0, std::log(3.0)}};
  const std::vector<Doubles> down{{-1, -1, -1, -1.0}};
  const auto [forward, backward] = stepping_stone(view(up), view(down));
  EXPECT_NEAR(forward.value, std::log(2.0), 1e-15);
  EXPECT_NEAR(backward.value, 1, 1e-15);
  EXPECT_TRUE(std::isnan(backward.standard_error));
  EXPECT_THROW(stepping_stone(view(up), {}), Error);
}

// Weights far outside the range of exp.
TEST(LogMeanWeight, DoesNotOverflow) {
  const Doubles weights{-5000, -5001, -5000, -5001, -5000, -5000};
  EXPECT_NEAR(log_mean_weight(weights).value, -5000 + std::log((4 + 2 * std::exp(-1.0)) / 6),
              1e-11);
  EXPECT_THROW(log_mean_weight({}), Error);
}

}  // namespace
}  // namespace echelon
