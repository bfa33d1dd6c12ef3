// Estimators against closed forms: the quadratic loss [theory 6.2] and the Ising chain
// [theory 6.3]. Four standard errors is the threshold; the methods' bias at this inner work is well
// below one.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "echelon/sampler/annealed_target.hpp"
#include "statistics/branch_run.hpp"
#include "support/known_answer.hpp"
#include "support/oracles/gaussian_moves.hpp"
#include "support/oracles/grid_law.hpp"
#include "support/oracles/ising.hpp"
#include "support/oracles/quadratic.hpp"
#include "support/oracles/quadratic_net.hpp"
#include "support/oracles/table_net.hpp"

namespace echelon {
namespace {

using namespace oracle;

std::vector<double> cumulative(const Temperatures& t) {
  std::vector<double> result;
  for (int k = 0; k < t.depth(); ++k) result.push_back(t.cumulative(k, {}));
  return result;
}

const Method methods[] = {{"paper", Estimator::paper, 60},
                          {"bridge", Estimator::bridge, 40},
                          {"bridge round trip", Estimator::bridge, 16, Switching::round_trip}};

struct QuadraticProblem {
  Eigen::MatrixXd curvature;
  Eigen::VectorXd minimum;
  std::vector<double> a;
};

QuadraticProblem two_layers() {
  return {(Eigen::MatrixXd(2, 2) << 2, .8, .8, 1).finished(),
          (Eigen::VectorXd(2) << .7, -.4).finished(),
          {.5, .25}};
}

QuadraticProblem three_layers() {
  return {(Eigen::MatrixXd(3, 3) << 2, .8, .3, .8, 1, -.4, .3, -.4, 1.5).finished(),
          (Eigen::VectorXd(3) << .7, -.4, .2).finished(),
          {.3, .2, .25}};
}

constexpr double variance = 1.5;

TEST(Quadratic, ClosedFormHasThePublishedDigits) {
  const auto p = two_layers();
  const QuadraticLaw law(p.curvature, p.minimum, variance, cumulative(Temperatures(p.a)));
  const Eigen::Vector2d mean(.49721816, -.20380673);
  const Eigen::Matrix2d covariance{{.38433382, -.26354319}, {-.26354319, .39500105}};
  expect_at_most("6.2", "mean", (law.mean - mean).cwiseAbs().maxCoeff(), 5e-9);
  expect_at_most("6.2", "covariance", (law.covariance - covariance).cwiseAbs().maxCoeff(), 5e-9);
}

/// Every mean and covariance within four standard errors.
void expect_moments(const std::string& name, const Series& series, const QuadraticLaw& law) {
  double mean_off = 0, covariance_off = 0;
  for (std::size_t i = 0; i < series.weights.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    mean_off = std::max(mean_off, std::abs(deviation(series.weights[i], law.mean(row))));
    for (std::size_t j = 0; j <= i; ++j) {
      const auto column = static_cast<Eigen::Index>(j);
      const auto products =
          product(series.weights[i], series.weights[j], law.mean(row), law.mean(column));
      covariance_off =
          std::max(covariance_off, std::abs(deviation(products, law.covariance(row, column))));
    }
  }
  expect_at_most("6.2", name + ": means, standard errors", mean_off, 4);
  expect_at_most("6.2", name + ": covariances, standard errors", covariance_off, 4);
}

class Quadratic : public testing::TestWithParam<std::tuple<Method, int>> {};

TEST_P(Quadratic, EstimatorsFindMeanAndCovariance) {
  const auto [method, depth] = GetParam();
  const auto p = depth == 2 ? two_layers() : three_layers();
  const QuadraticLaw law(p.curvature, p.minimum, variance, cumulative(Temperatures(p.a)));
  const GaussianMoves<QuadraticNet::Layer> moves{std::vector<int>(at(depth), 1), 0,
                                                 std::sqrt(variance)};
  const auto net = std::make_shared<const QuadraticNet>(p.curvature, p.minimum);
  auto shorter = method;
  if (depth == 3) shorter.inner = std::max(8, method.inner / 4);
  const auto series =
      run(BranchTarget<QuadraticNet, GaussianMoves<QuadraticNet::Layer>>(
              net, moves, Temperatures(p.a), shorter.options(std::vector<double>(at(depth), 1.2))),
          {0, 1.0}, depth == 2 ? 40'000 : 20'000);
  expect_moments(method.name + ", depth " + std::to_string(depth), series, law);
}

TEST(Quadratic, AnnealedFindsMeanAndCovariance) {
  const auto p = two_layers();
  AnnealedOptions options;
  options.levels = 20;
  options.particles = 4;
  options.correction = SpreadCorrection::variance;
  options.step = {1.2, 1.2};
  const auto series = run(AnnealedTarget<QuadraticNet, GaussianMoves<QuadraticNet::Layer>>(
                              std::make_shared<const QuadraticNet>(p.curvature, p.minimum),
                              {{1, 1}, 0, std::sqrt(variance)}, Temperatures(p.a), options),
                          {0, 1.0}, 40'000);
  expect_moments("annealed", series,
                 {p.curvature, p.minimum, variance, cumulative(Temperatures(p.a))});
}

std::string name_of(const testing::TestParamInfo<std::tuple<Method, int>>& info) {
  auto name = std::get<0>(info.param).name + " depth " + std::to_string(std::get<1>(info.param));
  for (char& c : name)
    if (c == ' ') c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Methods, Quadratic,
                         testing::Combine(testing::ValuesIn(methods), testing::Values(2, 3)),
                         name_of);

const std::vector<double> couplings{0, .6, -.5, .8, .4, -.7, .3, .9};
const std::vector<double> fields{.3, -.2, .4, 0, .1, -.3, .2, -.1};
const std::vector<double> chain_a{.4, 0, .3, .2, .1, 0, .25, .3};

std::vector<double> chain_temperatures(int depth, double warmth) {
  std::vector<double> a(chain_a.begin(), chain_a.begin() + depth);
  a.back() = .3;
  for (double& value : a) value *= warmth;
  return a;
}

/// The first `depth` spins of the chain, all temperatures times `warmth`.
IsingChain chain(int depth, double warmth = 1) {
  const auto first = [&](const std::vector<double>& v) {
    return std::vector<double>(v.begin(), v.begin() + depth);
  };
  return {first(couplings), first(fields),
          cumulative(Temperatures(chain_temperatures(depth, warmth)))};
}

std::vector<int> spins_of(int code, int depth) {
  std::vector<int> spins(at(depth));
  for (auto s = spins.rbegin(); s != spins.rend(); ++s, code /= 2) *s = 2 * (code % 2) - 1;
  return spins;
}

std::vector<double> table_of(const IsingChain& ising, int depth) {
  std::vector<double> table;
  for (int code = 0; code < 1 << depth; ++code) table.push_back(ising.loss(spins_of(code, depth)));
  return table;
}

TEST(Ising, RecursionEqualsEnumerationAtDepthEight) {
  const auto ising = chain(8);
  std::vector<Axis> axes;
  for (int k = 0; k < 8; ++k)
    axes.push_back({{-1, 1}, {std::log(.5), std::log(.5)}, ising.cumulative[at(k)], k});
  const GridLaw law(axes, [&](std::span<const double> w) {
    return ising.loss(std::vector<int>(w.begin(), w.end()));
  });
  double off = 0;
  for (int code = 0; code < 256; ++code)
    off = std::max(off, std::abs(law.joint()[at(code)] - ising.probability(spins_of(code, 8))));
  expect_at_most("6.3", "depth 8: recursion against enumeration", off, 1e-14);
}

TEST(Ising, ExactConditionalsGiveTheMarginalsAtDepthEight) {
  const auto ising = chain(8);
  std::vector<double> expected(8);
  for (int code = 0; code < 256; ++code) {
    const auto spins = spins_of(code, 8);
    for (std::size_t k = 0; k < 8; ++k) expected[k] += spins[k] * ising.probability(spins);
  }
  Stream stream({3, Purpose::reference, 0, 0});
  constexpr int draws = 20'000;
  std::vector<double> sum(8);
  for (int i = 0; i < draws; ++i) {
    int previous = 0;
    for (std::size_t k = 0; k < 8; ++k) {
      previous = happens(stream, ising.up(k, previous)) ? 1 : -1;
      sum[k] += previous;
    }
  }
  double off = 0;
  for (std::size_t k = 0; k < 8; ++k)
    off = std::max(off, std::abs(sum[k] / draws - expected[k]) /
                            std::sqrt((1 - expected[k] * expected[k]) / draws));
  expect_at_most("6.3", "depth 8, exact conditionals: magnetisations, standard errors", off, 4);
}

/// Every magnetisation, and the mean loss, within four standard errors.
void expect_spins(const std::string& name, const Series& series, const IsingChain& ising,
                  int depth) {
  std::vector<double> up(at(depth));
  double loss = 0;
  for (int code = 0; code < 1 << depth; ++code) {
    const auto spins = spins_of(code, depth);
    const double p = ising.probability(spins);
    for (std::size_t k = 0; k < up.size(); ++k) up[k] += p * (spins[k] > 0);
    loss += p * ising.loss(spins);
  }
  double off = 0;
  for (std::size_t k = 0; k < up.size(); ++k)
    off = std::max(off, std::abs(deviation(series.weights[k], up[k])));
  expect_at_most("6.3", name + ": magnetisations, standard errors", off, 4);
  expect_at_most("6.3", name + ": E[L], standard errors", std::abs(deviation(series.loss, loss)),
                 4);
}

class Ising : public testing::TestWithParam<std::tuple<Method, int>> {};

TEST_P(Ising, EstimatorsFindMagnetisationsAndLoss) {
  auto [method, depth] = GetParam();
  // Where the two values of a deeper spin hardly overlap, an average over 60 of its states says
  // little: at warmth 1 `paper` is off by .13 (and by nothing at 2,000 inner moves).
  const double warmth = method.estimator == Estimator::paper ? (depth == 2 ? 3 : 6) : 1;
  if (depth == 3) method.inner = method.inner * 3 / 4;
  const auto ising = chain(depth, warmth);
  const std::vector<int> rows(at(depth), 1);
  const auto series =
      run(BranchTarget<TableNet, TableMoves>(
              std::make_shared<const TableNet>(rows, 2, table_of(ising, depth)),
              TableMoves{2, 0, rows}, Temperatures(chain_temperatures(depth, warmth)),
              method.options(std::vector(at(depth), 1.0))),
          {0, 1.0}, depth == 2 ? 20'000 : 5'000);
  expect_spins(method.name + ", depth " + std::to_string(depth), series, ising, depth);
}

TEST(Ising, AnnealedFindsMagnetisationsAndLoss) {
  const auto ising = chain(2);
  const std::vector<int> rows{1, 1};
  AnnealedOptions options;
  options.levels = 20;
  options.particles = 4;
  options.correction = SpreadCorrection::variance;
  options.step = {1, 1};
  const auto series = run(AnnealedTarget<TableNet, TableMoves>(
                              std::make_shared<const TableNet>(rows, 2, table_of(ising, 2)),
                              {2, 0, rows}, Temperatures(chain_temperatures(2, 1)), options),
                          {0, 1.0}, 20'000);
  expect_spins("annealed, depth 2", series, ising, 2);
}

INSTANTIATE_TEST_SUITE_P(Methods, Ising,
                         testing::Combine(testing::ValuesIn(methods), testing::Values(2, 3)),
                         name_of);

}  // namespace
}  // namespace echelon
