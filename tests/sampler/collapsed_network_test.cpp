#include <gtest/gtest.h>

#include <cmath>

#include "echelon/sampler/network_target.hpp"
#include "echelon/tempering/target.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

static_assert(Target<CollapsedNetworkTarget<float>>);
static_assert(Target<CollapsedNetworkTarget<double>>);

class CollapsedNetworks : public testing::TestWithParam<Proposal> {
 protected:
  const std::vector<int> widths{6, 5, 4, 3};
  const Network network = make_network(widths, {Activation::tanh, Output::identity, Loss::squared},
                                       identity_reference(widths));
  const Prior prior = make_prior(network, PriorKind::gaussian, {0.7, 0.7, 0.5}, {});
  const Split train = random_split(widths, {.count = 700, .targets = Targets::real}, 1);

  template <class Real>
  CollapsedNetworkTarget<Real> target() const {
    const auto loss =
        std::make_shared<const NetworkLoss<Real>>(network, train, Communicator(), Communicator());
    const WeightMoves<Real> moves(prior, GetParam());
    CollapsedOptions options{.start = Start::prior, .step = {.1, .1, .1}};
    return {loss,
            moves,
            Temperatures(std::vector<double>{0, .1, .05}),
            head_prior(network, prior),
            options,
            NetworkObserver<Real>(loss, nullptr, prior, .05).observer()};
  }
};

TEST_P(CollapsedNetworks, GoOnWithTheSameBitsAfterUnpacking) {
  auto sampler = target<float>();
  auto state = sampler.start({1, 0, 0});
  for (std::uint64_t sweep = 1; sweep <= 10; ++sweep)
    sampler.explore(state, {0, 1.0}, {1, 0, sweep});
  auto resumed = sampler.unpack(sampler.pack(state));
  EXPECT_EQ(sampler.energy(resumed), sampler.energy(state));
  sampler.explore(state, {0, 1.0}, {1, 0, 11});
  sampler.explore(resumed, {0, 1.0}, {1, 0, 11});
  EXPECT_EQ(sampler.pack(resumed), sampler.pack(state));
  EXPECT_EQ(sampler.log_ratio(resumed, {0, 1.0}, {1, 0.5}, {}),
            sampler.log_ratio(state, {0, 1.0}, {1, 0.5}, {}));
}

TEST_P(CollapsedNetworks, RecordTheirDraw) {
  auto sampler = target<double>();
  auto state = sampler.start({1, 0, 0});
  sampler.explore(state, {0, 1.0}, {1, 0, 1});
  const Archive statistics = sampler.statistics(state);
  const double loss = statistics.get_scalar<double>("train_loss");
  EXPECT_NEAR(loss, sampler.energy(state), 1e-12 * loss);
  EXPECT_NEAR(loss, state.head.loss(state.draw.weights.back()), 1e-9 * loss);
  const double log_z = -statistics.get_scalar<double>("free_energy_2") / .05;
  double lp = -loss / .05 + (1.0 / 3 - 1) * log_z;
  for (int k = 0; k < 3; ++k)
    lp += log_density_ratio(prior, k, prior.mean[at(k)], state.draw.weights[at(k)]);
  EXPECT_NEAR(statistics.get_scalar<double>("lp"), lp, 1e-9 * std::abs(lp));
  EXPECT_EQ(sampler.weights(state).get<double>("W3").size(), 12u);
}

INSTANTIATE_TEST_SUITE_P(EveryProposal, CollapsedNetworks,
                         testing::Values(Proposal::full, Proposal::unit, Proposal::pcn,
                                         Proposal::unit_pcn));

}  // namespace
}  // namespace echelon
