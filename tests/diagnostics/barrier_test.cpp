#include "echelon/diagnostics/barrier.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

using Doubles = std::vector<double>;

void expect_near(const Doubles& values, const Doubles& expected, double tolerance) {
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(values[i], expected[i], tolerance * std::abs(expected[i])) << "element " << i;
}

TEST(Barrier, IsTheSumOfRejections) {
  expect_near(cumulative_barrier(Doubles{.25, .5, .125}), {0, .25, .75, .875}, 1e-15);
  expect_near(local_barrier(Doubles{0, .5, .75}, Doubles{.25, .5}), {.5, 2}, 1e-15);
  EXPECT_EQ(cumulative_barrier({}), Doubles{0});
}

TEST(Barrier, RefusesWhatIsNoRateAndNoLadder) {
  EXPECT_THROW(cumulative_barrier(Doubles{.5, std::nan("")}), Error);
  EXPECT_THROW(cumulative_barrier(Doubles{1.01}), Error);
  EXPECT_THROW(round_trip_rate(Doubles{-.1}), Error);
  EXPECT_THROW(equal_rejection(Doubles{0, .5, .5}, Doubles{.1, .1}, 3), Error);
  EXPECT_THROW(equal_rejection(Doubles{-.1, 1}, Doubles{.1}, 3), Error);
  EXPECT_THROW(equal_rejection(Doubles{0, 1}, Doubles{.1, .1}, 3), Error);
  EXPECT_THROW(equal_rejection(Doubles{0, 1}, Doubles{.1}, 1), Error);
}

// scipy.interpolate.PchipInterpolator on (Lambda, log beta), linear from 0 to the second rung.
TEST(EqualRejection, AgreesWithScipysMonotoneInterpolant) {
  const Doubles betas{0, .001, .01, .03, .2, .5, 1};
  const Doubles rejections{.1, .35, .2, .4, .05, .3};
  expect_near(equal_rejection(betas, rejections, 5),
              {0, 0.005427456591572782, 0.03773353395442455, 0.2, 1.0}, 1e-13);
  expect_near(equal_rejection(betas, rejections, 9),
              {0, 0.0017048667236442309, 0.005427456591572782, 0.015393709839839472,
               0.03773353395442455, 0.0704779846873184, 0.2, 0.803879351125149, 1.0},
              1e-13);
  expect_near(equal_rejection(Doubles{.01, .03, .2, 1}, Doubles{.5, .1, .3}, 5),
              {0.01, 0.012226207741018897, 0.02397100221991029, 0.3795251817173503, 1.0}, 1e-13);
}

// A posterior with a constant barrier per e-fold: one correction gives the geometric ladder.
TEST(EqualRejection, FindsTheGeometricLadderInOneStep) {
  const Doubles betas{.01, .015, .08, .1, .7, 1};
  Doubles rejections;
  for (std::size_t i = 0; i + 1 < betas.size(); ++i)
    rejections.push_back(.15 * std::log(betas[i + 1] / betas[i]));
  expect_near(equal_rejection(betas, rejections, 5),
              {.01, std::pow(.01, .75), .1, std::pow(.01, .25), 1}, 1e-12);
}

TEST(EqualRejection, KeepsTheEndsAndHandlesFlatStretches) {
  expect_near(equal_rejection(Doubles{0, 1}, Doubles{.6}, 4), {0, 1. / 3, 2. / 3, 1}, 1e-15);
  expect_near(equal_rejection(Doubles{.25, 1}, Doubles{.6}, 2), {.25, 1}, 0);
  // No rejection anywhere: nothing to respace. None in the middle: the rungs leave it.
  expect_near(equal_rejection(Doubles{.25, .5, 1}, Doubles{0, 0}, 3), {.25, .5, 1}, 1e-14);
  const Doubles moved = equal_rejection(Doubles{.1, .2, .6, 1}, Doubles{.5, 0, .5}, 6);
  for (const double beta : moved) EXPECT_TRUE(beta < .2 + 1e-3 || beta > .6 - 1e-3) << beta;
}

// Repeated correction equalises a barrier that no interpolant represents exactly.
TEST(EqualRejection, ConvergesToEqualRejection) {
  const auto barrier = [](double beta) { return beta / (beta + .05) + std::log1p(40 * beta) / 2; };
  Doubles betas{0, .2, .4, .6, .8, 1, 1.2};
  for (double& beta : betas) beta /= 1.2;
  Doubles rejections(betas.size() - 1);
  for (int round = 0; round < 6; ++round) {
    for (std::size_t i = 0; i < rejections.size(); ++i)
      rejections[i] = (barrier(betas[i + 1]) - barrier(betas[i])) / 3;
    betas = equal_rejection(betas, rejections, static_cast<int>(betas.size()));
  }
  for (const double rejection : rejections)
    EXPECT_NEAR(rejection, barrier(1) / 18, .01 * barrier(1) / 18);
}

// Even-odd swaps that reject independently, by direct simulation of the index process.
double simulated_round_trips(const Doubles& rejections, int sweeps) {
  const int rungs = static_cast<int>(rejections.size()) + 1;
  std::mt19937_64 generator(2022);
  std::uniform_real_distribution<double> uniform;
  std::vector<int> replica_at(static_cast<std::size_t>(rungs));
  std::iota(replica_at.begin(), replica_at.end(), 0);
  std::vector<int> leg(replica_at.size());
  int trips = 0;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    for (std::size_t i = static_cast<std::size_t>(sweep % 2); i < rejections.size(); i += 2)
      if (uniform(generator) >= rejections[i]) std::swap(replica_at[i], replica_at[i + 1]);
    int& cold = leg[static_cast<std::size_t>(replica_at.back())];
    if (cold == 1) cold = 2;
    int& hot = leg[static_cast<std::size_t>(replica_at.front())];
    if (hot == 2) ++trips;
    hot = 1;
  }
  return static_cast<double>(trips) / sweeps;
}

TEST(RoundTripRate, PredictsASimulatedIndexProcess) {
  const Doubles uneven{.1, .6, .3, .45, .2};
  const double predicted = round_trip_rate(uneven);
  EXPECT_NEAR(simulated_round_trips(uneven, 400000), predicted, .02 * predicted);
  const Doubles none(7, 0.0);
  EXPECT_EQ(round_trip_rate(none), .5);
  EXPECT_NEAR(simulated_round_trips(none, 16000), .5, .001);
  EXPECT_EQ(round_trip_rate(Doubles{.2, 1}), 0);
}

TEST(RoundTripRate, TendsToItsLimitOnFineLadders) {
  const Doubles fine(4000, 3. / 4000);
  EXPECT_NEAR(round_trip_rate(fine), round_trip_limit(3), 1e-4);
  EXPECT_DOUBLE_EQ(round_trip_limit(3), .125);
}

TEST(SuggestedRungs, IsTwiceTheBarrierPlusOne) {
  EXPECT_EQ(suggested_rungs(0), 2);
  EXPECT_EQ(suggested_rungs(3), 7);
  EXPECT_EQ(suggested_rungs(3.1), 8);
  EXPECT_THROW(suggested_rungs(std::nan("")), Error);
}

// E|X - Y| / 2 for energies X, Y that are Gamma(p/2) / beta, by their normal limit (p large).
TEST(ExpectedBarrier, IsSqrtOfWeightsOverTwoPiPerEFold) {
  EXPECT_NEAR(expected_barrier(79400, 0, std::exp(-1.0)), 112.4, .1);
  EXPECT_NEAR(expected_barrier(100, 0, .01), std::sqrt(100 / 6.283185307179586) * std::log(100.0),
              1e-12);
  std::mt19937_64 generator(5);
  std::gamma_distribution<double> energy(500);
  double sum = 0;
  for (int i = 0; i < 200000; ++i) sum += std::abs(energy(generator) - energy(generator)) / 2;
  EXPECT_NEAR(sum / 200000, expected_barrier(1000, 0, std::exp(-1.0)), .1);
  EXPECT_THROW(expected_barrier(10, 0, 0), Error);
}

// p weights, prior N(0, 1) each, L = |w|^2 / 2 at temperature A: at beta the weights have precision
// 1 + beta / A, the energies are Gamma(p/2) / (1 + beta / A). The knee is where the two precisions
// are equal; from there on a fine ladder's rejections add up to the formula.
TEST(ExpectedBarrier, IsThatOfAGaussianPosteriorFromItsPrior) {
  const double p = 400, A = .02;
  const double knee = A * p / (2 * (p / 2));
  std::mt19937_64 generator(6);
  std::gamma_distribution<double> energy(p / 2);
  double spread = 0;
  for (int i = 0; i < 200000; ++i) spread += std::abs(energy(generator) - energy(generator));
  spread /= 200000;
  double barrier = 0;
  const int steps = 20000;
  for (int i = 0; i < steps; ++i) {
    const double beta = (i + .5) / steps;
    barrier += spread / (1 + beta / A) / A / 2 / steps;
  }
  EXPECT_NEAR(barrier / expected_barrier(p, knee, 0), 1, .01);
  EXPECT_GT(largest_barrier(p / 2, A, 0), barrier);
}

// A mean loss that falls along a straight line attains the bound for Gaussian energies, up to
// sqrt(2 / pi).
TEST(LargestBarrier, IsAttainedUpToAConstantByALinearDescent) {
  const double A = .01, loss = .5;
  const double deviation = std::sqrt(loss * A);  // Var L = -A dE/dbeta
  const double barrier = deviation / A / std::sqrt(3.141592653589793);
  EXPECT_NEAR(barrier / largest_barrier(loss, A, 0), std::sqrt(2 / 3.141592653589793), 1e-12);
  EXPECT_DOUBLE_EQ(largest_barrier(.9, 1e-6, 0), std::sqrt(.45e6));
  EXPECT_THROW(largest_barrier(.5, 0, 0), Error);
}

}  // namespace
}  // namespace echelon
