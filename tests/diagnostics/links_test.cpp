#include "echelon/diagnostics/links.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/diagnostics/bounds.hpp"

namespace echelon {
namespace {

using Doubles = std::vector<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<double> increments_of(const LossScale& scale, const Doubles& weights,
                                  const Doubles& deviations, const Doubles& references) {
  return increments(scale, {weights, deviations, references});
}

TEST(Increments, AreTheProductsAndTheRange) {
  const Doubles weights{2, 3, 5};
  const Doubles deviations{.5, .25, 4};
  const Doubles references{7, 11, 13};
  const LossScale scale{.lipschitz = 1.5, .input_radius = 4, .range = infinity};
  EXPECT_EQ(increments_of(scale, weights, deviations, references),
            (Doubles{6 * .5 * 11 * 13, 6 * 2 * .25 * 13, 6 * 2 * 3 * 4}));
  EXPECT_EQ(increments_of({1.5, 4, 100}, weights, deviations, references), (Doubles{100, 39, 100}));
  EXPECT_THROW(increments_of(scale, {2, 3}, deviations, references), Error);
  EXPECT_THROW(increments_of(scale, {2, infinity, 5}, deviations, references), Error);
}

using Rows = std::vector<Doubles>;
using Net = std::vector<Rows>;

Doubles times(const Rows& w, const Doubles& x) {
  Doubles y;
  for (const Doubles& row : w)
    y.push_back(std::inner_product(row.begin(), row.end(), x.begin(), 0.0));
  return y;
}

double length(const Doubles& x) {
  return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
}

// The largest singular value by power iteration: from below, by less than 1e-9 here.
double norm(const Rows& w) {
  Doubles x(w[0].size(), 1.0);
  for (int i = 0; i < 500; ++i) {
    const Doubles y = times(w, x);
    Doubles back(x.size());
    for (std::size_t row = 0; row < w.size(); ++row)
      for (std::size_t column = 0; column < x.size(); ++column)
        back[column] += w[row][column] * y[row];
    for (std::size_t column = 0; column < x.size(); ++column)
      x[column] = back[column] / length(back);
  }
  return length(times(w, x));
}

Doubles output(const Net& net, Doubles x) {
  for (std::size_t k = 0; k < net.size(); ++k) {
    x = times(net[k], x);
    if (k + 1 == net.size()) break;
    for (double& value : x) value = std::max(value, 0.0);
  }
  return x;
}

Rows random_matrix(std::size_t rows, std::size_t columns, std::mt19937_64& generator) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  Rows w(rows, Doubles(columns));
  for (Doubles& row : w)
    for (double& value : row) value = uniform(generator);
  return w;
}

Rows combine(const Rows& a, double factor, const Rows& b) {
  Rows sum = a;
  for (std::size_t row = 0; row < a.size(); ++row)
    for (std::size_t column = 0; column < a[row].size(); ++column)
      sum[row][column] += factor * b[row][column];
  return sum;
}

// On random ReLU networks no sample's output moves further along a link than b_k allows.
TEST(Increments, BoundWhatALinkDoesToTheOutput) {
  std::mt19937_64 generator(3);
  const std::vector<std::size_t> widths{3, 4, 3, 2};
  double closest = 0;
  for (int trial = 0; trial < 300; ++trial) {
    Net reference, net;
    Doubles weights, deviations, references;
    for (std::size_t k = 0; k < 3; ++k) {
      reference.push_back(random_matrix(widths[k + 1], widths[k], generator));
      net.push_back(combine(reference[k], .3, random_matrix(widths[k + 1], widths[k], generator)));
      weights.push_back(norm(net[k]));
      deviations.push_back(norm(combine(net[k], -1, reference[k])));
      references.push_back(norm(reference[k]));
    }
    const Doubles x = random_matrix(1, 3, generator)[0];
    const LossScale scale{.lipschitz = 1, .input_radius = length(x), .range = infinity};
    const Doubles b = increments_of(scale, weights, deviations, references);
    Net chain = reference;
    for (std::size_t k = 0; k < 3; ++k) {
      const Doubles before = output(chain, x);
      chain[k] = net[k];
      const double moved = length(combine({output(chain, x)}, -1, {before})[0]);
      EXPECT_LE(moved, b[k] * (1 + 1e-8));
      closest = std::max(closest, moved / b[k]);
    }
  }
  EXPECT_GT(closest, .5);  // the comparison is not empty
}

TEST(Links, AverageTheSquareOfEveryLayer) {
  const std::vector<Doubles> draws{{1, 2, 3}, {3, 4, 5}};
  const auto chain = links(Doubles{.1, .2, .3}, draws, infinity);
  ASSERT_EQ(chain.size(), 3U);
  EXPECT_EQ(chain[1].first, 1);
  EXPECT_EQ(chain[1].last, 1);
  EXPECT_EQ(chain[1].temperature, .2);
  EXPECT_DOUBLE_EQ(chain[0].mean_square, 5);
  EXPECT_DOUBLE_EQ(chain[2].mean_square, 17);
}

TEST(Links, MergeLayersAtTemperatureZeroIntoTheNext) {
  const std::vector<Doubles> draws{{1, 2, 3, 1}};
  const auto chain = links(Doubles{0, 0, .2, .3}, draws, 5.5);
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[0].first, 0);
  EXPECT_EQ(chain[0].last, 2);
  EXPECT_DOUBLE_EQ(chain[0].mean_square, 5.5 * 5.5);
  EXPECT_DOUBLE_EQ(chain[1].mean_square, 1);
  const auto single = links(Doubles{0, 0, 0, .3}, draws, infinity);
  ASSERT_EQ(single.size(), 1U);
  EXPECT_DOUBLE_EQ(single[0].mean_square, 49);
}

TEST(Links, RefuseATemperatureTheyCannotUse) {
  const std::vector<Doubles> draws{{1, 2}};
  EXPECT_THROW(links(Doubles{.1, 0}, draws, 1), Error);
  EXPECT_THROW(links(Doubles{-.1, 1}, draws, 1), Error);
  EXPECT_THROW(links(Doubles{.1, .1, .1}, draws, 1), Error);
  EXPECT_THROW(links(Doubles{.1, .1}, {}, 1), Error);
}

const std::vector<Link> two_links{{0, 0, .5, 4}, {1, 1, .25, 1}};

TEST(Bounds, AreTheFormulas) {
  // .3 + 4 / (2 * 100 * .5) + 1 / (2 * 100 * .25)
  EXPECT_DOUBLE_EQ(expectation_bound(.3, two_links, 100), .36);
  const double confidence = std::log(3 / .05);
  EXPECT_DOUBLE_EQ(pac_bound(.3, two_links, 100, .05, 2),
                   .36 + .75 * confidence + 2 * std::sqrt(confidence / 200));
  EXPECT_EQ(pac_bound(.3, two_links, 100, .05, infinity), infinity);
  EXPECT_THROW(pac_bound(.3, two_links, 100, 0, 1), Error);
  EXPECT_THROW(expectation_bound(.3, two_links, 0), Error);
}

TEST(Bounds, WorstCaseWeighsDeeperLayersByTheRadiiAbove) {
  EXPECT_DOUBLE_EQ(worst_case_gap(Doubles{.5, .25}, Doubles{4, 9}, 3, 100),
                   .3 * (.5 * 2 + .25 * std::exp(.5) * 3));
}

// Their temperatures are a minimum of sum_k a_k D_k + E b_k^2 / (2 n a_k).
TEST(Bounds, OptimalTemperaturesMinimiseTheBound) {
  const Doubles divergence{3, 8};
  const Doubles best = bound_optimal_temperatures(two_links, divergence, 100);
  const auto objective = [&](double a, double b) {
    const std::vector<Link> moved{{0, 0, a, 4}, {1, 1, b, 1}};
    return expectation_bound(a * divergence[0] + b * divergence[1], moved, 100);
  };
  const double least = objective(best[0], best[1]);
  for (const double factor : {.9, .99, 1.01, 1.1}) {
    EXPECT_GT(objective(best[0] * factor, best[1]), least);
    EXPECT_GT(objective(best[0], best[1] * factor), least);
  }
  EXPECT_EQ(bound_optimal_temperatures(two_links, Doubles{0, 1}, 100)[0], infinity);
}

// The two-by-two example of two layers, loss [[0,1],[1,.5]], uniform priors, a = (2, 1), in full:
// D_k from the drops of V agree with the divergences of the enumerated joint law.
TEST(Bounds, DivergencesOfTheTwoByTwoExample) {
  const double loss[2][2] = {{0, 1}, {1, .5}};
  double free_energy[2];
  double joint[2][2];
  double normaliser = 0;
  for (int i = 0; i < 2; ++i) {
    free_energy[i] = -std::log((std::exp(-loss[i][0]) + std::exp(-loss[i][1])) / 2);
    normaliser += std::exp(-free_energy[i] / 3) / 2;
  }
  const double top = -3 * std::log(normaliser);
  double drops[2] = {0, 0};
  double first = 0;
  double both = 0;
  for (int i = 0; i < 2; ++i) {
    const double marginal = std::exp((top - free_energy[i]) / 3) / 2;
    first += marginal * std::log(2 * marginal);
    for (int j = 0; j < 2; ++j) {
      joint[i][j] = marginal * std::exp(free_energy[i] - loss[i][j]) / 2;
      both += joint[i][j] * std::log(4 * joint[i][j]);
      drops[0] += joint[i][j] * (top - free_energy[i]);
      drops[1] += joint[i][j] * (free_energy[i] - loss[i][j]);
    }
  }
  EXPECT_NEAR(joint[0][1], .14206436, 1e-8);
  EXPECT_NEAR(top, .5446868014181192, 1e-12);
  const Doubles result = divergences(drops, Doubles{3, 1});
  EXPECT_NEAR(result[0], first, 1e-14);
  EXPECT_NEAR(result[1], both, 1e-14);
}

}  // namespace
}  // namespace echelon
