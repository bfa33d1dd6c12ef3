#include "echelon/sampler/network_target.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "echelon/tempering/target.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

static_assert(Target<NetworkTarget<float>>);
static_assert(Target<NetworkTarget<double>>);

using Parameters = std::tuple<Estimator, Proposal, std::vector<int>>;

class Networks : public testing::TestWithParam<Parameters> {
 protected:
  const std::vector<int> widths = std::get<2>(GetParam());
  const Network network = make_network(widths, {}, identity_reference(widths));
  const Prior prior =
      make_prior(network, PriorKind::gaussian, std::vector<double>(at(network.depth()), 0.7), {});
  const Split train = random_split(widths, {.count = 700}, 1);
  const Split test = random_split(widths, {.count = 90}, 2);

  template <class Real>
  NetworkTarget<Real> target() const {
    const auto loss = [&](const Split& split) {
      return std::make_shared<const NetworkLoss<Real>>(network, split, Communicator(),
                                                       Communicator());
    };
    const auto train_loss = loss(train);
    const NetworkObserver<Real> observer(train_loss, loss(test), prior, .05);
    const WeightMoves<Real> moves(prior, std::get<1>(GetParam()));
    BranchOptions options;
    options.estimator = std::get<0>(GetParam());
    options.inner_steps = 2;
    options.step.assign(at(network.depth()), .2);
    options.start = Start::prior;
    return {train_loss, moves, Temperatures(std::vector<double>(at(network.depth()), .05)), options,
            observer.observer()};
  }
};

TEST_P(Networks, KeepTheLossOfTheirWeightsToTheLastBit) {
  auto sampler = target<float>();
  auto state = sampler.start({1, 0, 0});
  for (std::uint64_t sweep = 1; sweep <= 10; ++sweep)
    sampler.explore(state, {0, 1.0}, {1, 0, sweep});
  const auto resumed = sampler.unpack(sampler.pack(state));
  EXPECT_EQ(resumed.live.loss, state.live.loss);
  EXPECT_EQ(sampler.energy(resumed), sampler.energy(state));
}

TEST_P(Networks, RecordTheirDraw) {
  auto sampler = target<double>();
  auto state = sampler.start({1, 0, 0});
  sampler.explore(state, {0, 1.0}, {1, 0, 1});
  const auto statistics = sampler.statistics(state);
  EXPECT_DOUBLE_EQ(statistics.get_scalar<double>("train_loss"), sampler.energy(state));
  EXPECT_GT(statistics.get_scalar<double>("test_loss"), 0);
  EXPECT_LE(statistics.get_scalar<double>("test_error"), 1);
  EXPECT_EQ(statistics.get<double>("spectral_norm").size(), at(network.depth()));
  const auto weights = sampler.weights(state);
  const auto& first = weights.get<double>("W1");
  ASSERT_EQ(first.size(), at(widths[0] * widths[1]));
  const auto& w = (state.recorded ? state.recorded->weights : state.live.weights)[0];
  EXPECT_EQ(first[1], w(0, 1));
  double lp = -sampler.energy(state) / .05;
  const auto& all = state.recorded ? state.recorded->weights : state.live.weights;
  for (std::size_t k = 0; k < all.size(); ++k)
    lp -= (all[k] - network.reference[k]).squaredNorm() / (2 * .7 * .7);
  EXPECT_NEAR(statistics.get_scalar<double>("lp"), lp, 1e-9 * std::abs(lp));
}

INSTANTIATE_TEST_SUITE_P(All, Networks,
                         testing::Combine(testing::Values(Estimator::paper, Estimator::bridge),
                                          testing::Values(Proposal::full, Proposal::unit,
                                                          Proposal::pcn, Proposal::unit_pcn),
                                          testing::Values(std::vector{5, 3}, std::vector{6, 5, 3},
                                                          std::vector{6, 5, 4, 3})));
INSTANTIATE_TEST_SUITE_P(Mala, Networks,
                         testing::Combine(testing::Values(Estimator::paper, Estimator::bridge),
                                          testing::Values(Proposal::mala),
                                          testing::Values(std::vector{6, 5, 3},
                                                          std::vector{6, 5, 4, 3})));

TEST(NetworkTarget, RefusesAStartThatIsNotFinite) {
  const auto network = make_network({3, 2, 2}, {}, identity_reference({3, 2, 2}));
  auto split = random_split({3, 2, 2}, {.count = 8}, 1);
  split.inputs(0, 0) = std::numeric_limits<float>::quiet_NaN();
  const auto loss =
      std::make_shared<const NetworkLoss<double>>(network, split, Communicator(), Communicator());
  const auto prior = make_prior(network, PriorKind::flat, {1, 1}, {});
  BranchOptions options;
  options.step = {.1, .1};
  NetworkTarget<double> target(loss, {prior, Proposal::full}, Temperatures({.1, .1}), options);
  EXPECT_THROW(target.start({1, 0, 0}), Error);
}

}  // namespace
}  // namespace echelon
