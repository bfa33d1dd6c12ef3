// Flat priors [theory 6.2]: every direction of a quadratic loss adds A_k / 2 to E[L] - min L,
// whatever its curvature, and nothing else does.

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <memory>

#include "echelon/sampler/network_target.hpp"
#include "statistics/branch_run.hpp"
#include "support/known_answer.hpp"
#include "support/oracles/gaussian_moves.hpp"
#include "support/oracles/quadratic_net.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

using namespace oracle;

class FlatQuadratic : public testing::TestWithParam<std::tuple<Method, int>> {};

TEST_P(FlatQuadratic, LossIsHalfTheSumOfTheTemperatures) {
  const auto [method, depth] = GetParam();
  const Eigen::Matrix3d curvature{{2, .8, .3}, {.8, 1, -.4}, {.3, -.4, 1.5}};
  const Eigen::Vector3d minimum(.7, -.4, .2);
  const auto net = std::make_shared<const QuadraticNet>(curvature.topLeftCorner(depth, depth),
                                                        minimum.head(depth));
  const Temperatures temperatures(depth == 2 ? std::vector{.5, .25} : std::vector{.3, .2, .25});
  double expected = 0;
  for (int k = 0; k < depth; ++k) expected += temperatures.cumulative(k, {}) / 2;
  // As good as flat: no ratio of prior densities differs from 1 by more than rounding.
  const GaussianMoves<QuadraticNet::Layer> moves{std::vector<int>(at(depth), 1), 0, 1e9};
  const auto series =
      run(BranchTarget<QuadraticNet, GaussianMoves<QuadraticNet::Layer>>(
              net, moves, temperatures, method.options(std::vector<double>(at(depth), 1.2))),
          {0, 1.0}, depth == 2 ? 40'000 : 20'000);
  expect_at_most("6.2 flat", fmt::format("{}, depth {}: E[L], standard errors", method.name, depth),
                 std::abs(deviation(series.loss, expected)), 4);
  EXPECT_LT(batch_means(series.loss).error, .02 * expected) << "no power";
}

const Method one_way{"bridge", Estimator::bridge, 20},
    round_trip{"bridge, round trip", Estimator::bridge, 10, Switching::round_trip};

INSTANTIATE_TEST_SUITE_P(Bridge, FlatQuadratic,
                         testing::Combine(testing::Values(one_way, round_trip),
                                          testing::Values(2, 3)));
// At 40 inner moves its lag shows: five standard errors.
INSTANTIATE_TEST_SUITE_P(Paper, FlatQuadratic,
                         testing::Values(std::tuple{Method{"paper", Estimator::paper, 200}, 2}));

/// A real network of one linear layer: its loss is quadratic, its kernel exact.
class FlatNetwork : public testing::TestWithParam<Proposal> {};

TEST_P(FlatNetwork, LossIsHalfATemperaturePerWeight) {
  const std::vector<int> widths{3, 2};
  const Network network = make_network(
      widths, {Activation::identity, Output::identity, Loss::squared}, identity_reference(widths));
  const Split train = random_split(widths, {.count = 40, .targets = Targets::real}, 5);
  const Matrix<double> x = train.inputs.cast<double>(), y = train.targets.cast<double>();
  const Matrix<double> best = (x * x.transpose()).ldlt().solve(x * y.transpose()).transpose();
  const double least = (best * x - y).squaredNorm() / train.samples;

  const double temperature = .2;
  BranchOptions options;
  options.step = {.3};
  options.adaptation = StepAdaptation::none;
  const NetworkTarget<double> target(
      std::make_shared<const NetworkLoss<double>>(network, train, Communicator(), Communicator()),
      WeightMoves<double>(make_prior(network, PriorKind::flat, {}, {}), GetParam()),
      Temperatures(std::vector{temperature}), options);
  const auto series = run(target, {0, 1.0}, 40'000);
  const double weights = 6, above = temperature * weights / 2;
  expect_at_most("6.2 flat", "a real linear layer: E[L], standard errors",
                 std::abs(deviation(series.loss, least + above)), 4);
  EXPECT_LT(batch_means(series.loss).error, .02 * above) << "no power";
}

INSTANTIATE_TEST_SUITE_P(Proposals, FlatNetwork, testing::Values(Proposal::full, Proposal::unit));

}  // namespace
}  // namespace echelon
