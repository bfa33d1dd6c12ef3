#include "echelon/diagnostics/certificate.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/diagnostics/kl.hpp"

namespace echelon {
namespace {

using Doubles = std::vector<double>;

constexpr std::size_t states = 4;
constexpr std::array<double, states> prior{.4, .3, .2, .1};
constexpr std::array<double, states> loss{.9, .5, .2, .05};
using Law = std::array<double, states>;

Law gibbs(double b) {
  Law law{};
  double sum = 0;
  for (std::size_t i = 0; i < states; ++i) sum += law[i] = prior[i] * std::exp(-b * loss[i]);
  for (double& p : law) p /= sum;
  return law;
}

double mean_loss(const Law& law) {
  double sum = 0;
  for (std::size_t i = 0; i < states; ++i) sum += law[i] * loss[i];
  return sum;
}

double divergence(const Law& law) {
  double sum = 0;
  for (std::size_t i = 0; i < states; ++i) sum += law[i] * std::log(law[i] / prior[i]);
  return sum;
}

Doubles schedule(int rungs, double last) {
  Doubles inverse_temperatures;
  for (int k = 0; k < rungs; ++k)
    inverse_temperatures.push_back(last * k * k / (rungs - 1.) / (rungs - 1.));
  return inverse_temperatures;
}

TEST(GibbsDivergence, IsBracketedAndClosesIn) {
  const double exact = divergence(gibbs(6));
  double width = 1e9;
  for (const int rungs : {2, 5, 20, 400}) {
    const Doubles b = schedule(rungs, 6);
    std::vector<Estimate> means;
    for (const double inverse : b) means.push_back({mean_loss(gibbs(inverse)), 0});
    const auto [lower, upper] = gibbs_divergence(b, means);
    EXPECT_LE(lower.value, exact);
    EXPECT_GE(upper.value, exact);
    EXPECT_LT(upper.value - lower.value, width);
    EXPECT_EQ(upper.standard_error, 0);
    width = upper.value - lower.value;
  }
  EXPECT_LT(width, .02);
}

// The bracket is linear in the means: its errors against a finite-difference sum.
TEST(GibbsDivergence, CarriesTheErrorsOfTheMeans) {
  const Doubles b{0, 1, 4};
  std::vector<Estimate> means{{.8, .01}, {.5, .02}, {.3, .04}};
  const auto plain = gibbs_divergence(b, means);
  double lower = 0;
  double upper = 0;
  for (auto& mean : means) {
    mean.value += mean.standard_error;
    const auto moved = gibbs_divergence(b, means);
    lower += std::pow(moved.lower.value - plain.lower.value, 2);
    upper += std::pow(moved.upper.value - plain.upper.value, 2);
    mean.value -= mean.standard_error;
  }
  EXPECT_NEAR(plain.lower.standard_error, std::sqrt(lower), 1e-15);
  EXPECT_NEAR(plain.upper.standard_error, std::sqrt(upper), 1e-15);
  EXPECT_DOUBLE_EQ(plain.upper.value, .8 + 3 * .5 - 4 * .3);
  EXPECT_DOUBLE_EQ(plain.lower.value, .5 + 3 * .3 - 4 * .3);
}

TEST(GibbsDivergence, WantsAScheduleFromZero) {
  const std::vector<Estimate> means{{.8, 0}, {.5, 0}};
  EXPECT_THROW(gibbs_divergence(Doubles{.1, 1}, means), Error);
  EXPECT_THROW(gibbs_divergence(Doubles{0, 0}, means), Error);
  EXPECT_THROW(gibbs_divergence(Doubles{0, 1, 2}, means), Error);
}

// All paths of a badly mixing Metropolis chain, enumerated: E exp(-G) h(w_K) = E_Q h exactly, and
// the mean work is at least the divergence of the end point's law.
struct Enumeration {
  Doubles inverse_temperatures;
  Law weighted{};  ///< E[exp(-G); w_K = i]
  Law law{};       ///< P(w_K = i)
  double mean_work = 0;

  void walk(Doubles& losses, std::size_t at, double probability) {
    losses.push_back(loss[at]);
    const std::size_t k = losses.size();
    if (k == inverse_temperatures.size()) {
      const double work = path_work(inverse_temperatures, losses);
      weighted[at] += probability * std::exp(-work);
      law[at] += probability;
      mean_work += probability * work;
    } else {
      const Law target = gibbs(inverse_temperatures[k]);
      double stays = 1;
      for (const std::size_t to : {(at + 1) % states, (at + states - 1) % states}) {
        const double goes = .1 * std::min(1.0, target[to] / target[at]);
        stays -= goes;
        walk(losses, to, probability * goes);
      }
      walk(losses, at, probability * stays);
    }
    losses.pop_back();
  }
};

TEST(PathWork, ReweightsEveryPathBackToThePrior) {
  Enumeration paths{.inverse_temperatures = schedule(7, 8)};
  for (std::size_t i = 0; i < states; ++i) {
    Doubles losses;
    paths.walk(losses, i, prior[i]);
  }
  for (std::size_t i = 0; i < states; ++i) EXPECT_NEAR(paths.weighted[i], prior[i], 1e-13);
  EXPECT_GE(paths.mean_work, divergence(paths.law));
  EXPECT_LT(paths.law[3], .5 * gibbs(8)[3]);  // it did mix badly
}

TEST(PathWork, IsTheSameInItsGeneralForm) {
  const Doubles b{0, .5, 2, 3};
  const Doubles losses{.9, .7, .8, .1};
  Doubles ratios;
  for (std::size_t k = 1; k < b.size(); ++k) ratios.push_back(-(b[k] - b[k - 1]) * losses[k - 1]);
  EXPECT_NEAR(path_work(-3 * .1, ratios), path_work(b, losses), 1e-15);
  EXPECT_DOUBLE_EQ(path_work(b, losses), .5 * .9 + 1.5 * .7 + .8 - .3);
  EXPECT_EQ(path_work(Doubles{0}, Doubles{.9}), 0);
}

TEST(PathCertificate, InvertsKlAtTheMeanWork) {
  const Doubles works{1700, 1760};
  const Doubles errors{.08, .09};
  const PathCertificate certificate = path_certificate(works, errors, 60000, .035);
  EXPECT_DOUBLE_EQ(certificate.mean_work, 1730);
  EXPECT_DOUBLE_EQ(certificate.training_error, .085);
  EXPECT_DOUBLE_EQ(certificate.complexity, (1730 + std::log(2 * std::sqrt(60000.) / .035)) / 60000);
  EXPECT_NEAR(certificate.bound, kl_inverse(.085, certificate.complexity), 2e-12);
  EXPECT_NEAR(certificate.bound, .167, .002);
  EXPECT_NEAR(pac_bayes_kl_bound(.085, 1730, 60000, .035), certificate.bound, 2e-12);
  EXPECT_THROW(path_certificate({}, {}, 60000, .035), Error);
  EXPECT_THROW(path_certificate(works, Doubles{.1}, 60000, .035), Error);
  EXPECT_THROW(path_certificate(works, errors, 7, .035), Error);
  EXPECT_THROW(path_certificate(works, errors, 60000, 1), Error);
}

// Over repeated data sets the bound fails no more often than delta: 4000 sets of 50 fair-coin
// labels, a posterior on two opposite classifiers, delta = .2 (failures expected well below it).
TEST(PathCertificate, HoldsOverDataSets) {
  std::srand(11);
  int failures = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    int ones = 0;
    for (int i = 0; i < 50; ++i) ones += std::rand() % 10 < 4 ? 1 : 0;
    const double error[2] = {ones / 50., 1 - ones / 50.};  // of "always 0" and "always 1"
    const double risk[2] = {.4, .6};
    const int start = std::rand() % 2;
    const double b = 20;
    const double stays =
        error[start] <= error[1 - start] ? std::exp(-b * (error[1 - start] - error[start])) : 1;
    const int end = std::rand() < stays * RAND_MAX ? 1 - start : start;
    const Doubles losses{error[start], error[end]};
    const double work = path_work(Doubles{0, b}, losses);
    const Doubles errors{error[end]};
    if (path_certificate(Doubles{work}, errors, 50, .2).bound < risk[end]) ++failures;
  }
  EXPECT_LT(failures, 800);
}

}  // namespace
}  // namespace echelon
