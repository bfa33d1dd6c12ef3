// Early refusals and the order of the samples change no result: not a bit of the weights, the
// losses, the counts or the reports.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "echelon/sampler/network_target.hpp"
#include "echelon/tempering/target.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

static_assert(ArrangingTarget<NetworkTarget<float>>);
static_assert(!ArrangingTarget<CollapsedNetworkTarget<float>>);

struct Kind {
  Estimator estimator;
  int inner_steps;
  Proposal proposal;
  std::vector<int> widths;
};

class Refusals : public testing::TestWithParam<Kind> {
 protected:
  NetworkTarget<float> target(Refusal refusal, double temperature) const {
    const auto& [estimator, inner_steps, proposal, widths] = GetParam();
    const auto network = make_network(widths, {}, identity_reference(widths));
    const auto prior =
        make_prior(network, PriorKind::gaussian, std::vector<double>(at(network.depth()), 0.7), {});
    const auto loss = std::make_shared<const NetworkLoss<float>>(
        network, random_split(widths, {.count = 1500}, 1), Communicator(), Communicator());
    BranchOptions options;
    options.estimator = estimator;
    options.inner_steps = inner_steps;
    options.step.assign(at(network.depth()), .1);
    options.refusal = refusal;
    return {loss,
            {prior, proposal},
            Temperatures(std::vector<double>(at(network.depth()), temperature)),
            options};
  }
};

TEST_P(Refusals, AreTheSameEarlyAndLate) {
  double accepted = 0;
  for (const double temperature : {.02, .0005, .00002}) {
    auto early = target(Refusal::early, temperature);
    auto late = target(Refusal::at_the_end, temperature);
    auto a = early.start({1, 0, 0}), b = late.start({1, 0, 0});
    std::vector<double> of_a(static_cast<std::size_t>(early.report_size())), of_b = of_a;
    for (std::uint64_t sweep = 1; sweep <= 30; ++sweep) {
      if (sweep % 7 == 0) early.arrange({&a, 1}, early.difficulty(a));
      early.explore(a, {0, 1.0}, {1, 0, sweep});
      late.explore(b, {0, 1.0}, {1, 0, sweep});
      ASSERT_EQ(a.live.weights, b.live.weights) << temperature << " at sweep " << sweep;
      ASSERT_EQ(a.live.loss, b.live.loss);
      ASSERT_EQ(early.energy(a), late.energy(b));
      early.report(a, of_a);
      late.report(b, of_b);
      ASSERT_EQ(testing::PrintToString(of_a), testing::PrintToString(of_b));  // NaN equals NaN
      accepted += of_a[0];
    }
    const auto again = early.unpack(early.pack(a));
    EXPECT_EQ(again.live.loss, a.live.loss);
  }
  EXPECT_GT(accepted, 1);  // proposals of layer 1 were refused and accepted
  EXPECT_LT(accepted, 80);
}

INSTANTIATE_TEST_SUITE_P(All, Refusals,
                         testing::Values(Kind{Estimator::paper, 5, Proposal::full, {6, 5, 3}},
                                         Kind{Estimator::paper, 3, Proposal::unit, {6, 5, 3}},
                                         Kind{Estimator::paper, 2, Proposal::pcn, {6, 5, 4, 3}},
                                         Kind{Estimator::bridge, 0, Proposal::unit, {6, 5, 3}},
                                         Kind{Estimator::bridge, 0, Proposal::full, {6, 5, 4, 3}},
                                         Kind{Estimator::bridge, 2, Proposal::unit_pcn, {6, 5, 3}},
                                         Kind{Estimator::bridge, 2, Proposal::full, {5, 3}}));

/// A loss that cannot give up.
struct Patient {
  using Real = float;
  using Branch = NetworkLoss<float>::Branch;
  std::shared_ptr<const NetworkLoss<float>> loss;

  int depth() const { return loss->depth(); }
  Branch root() const { return loss->root(); }
  Branch extend(const Branch& entering, int layer, const Matrix<float>& w, Change change,
                const Branch& current) const {
    return loss->extend(entering, layer, w, change, current);
  }
  void losses(std::span<const Branch> entering, const Matrix<float>& w,
              std::span<double> out) const {
    loss->losses(entering, w, out);
  }
};

/// Proposals that are weighed two at a time, and an inner chain's states that are weighed all at
/// once, against one evaluation after the other; with few and with many inner acceptances.
TEST(Refusals, AreThoseOfALossThatCannotGiveUp) {
  const std::vector<int> widths{6, 5, 3};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const auto prior = make_prior(network, PriorKind::gaussian, {.7, .7}, {});
  const auto loss = std::make_shared<const NetworkLoss<float>>(
      network, random_split(widths, {.count = 300}, 1), Communicator(), Communicator());
  const WeightMoves<float> moves(prior, Proposal::full);
  const Temperatures temperatures({.0, .003});
  for (const double inner_step : {.2, .05, .01}) {
    BranchOptions options;
    options.estimator = Estimator::paper;
    options.inner_steps = 20;
    options.step = {.1, inner_step};
    NetworkTarget<float> target(loss, moves, temperatures, options);
    BranchTarget<Patient, WeightMoves<float>> patient(
        std::make_shared<const Patient>(Patient{loss}), moves, temperatures, options);
    auto a = target.start({1, 0, 0});
    auto b = patient.start({1, 0, 0});
    double outer = 0, inner = 0;
    for (std::uint64_t sweep = 1; sweep <= 500; ++sweep) {
      target.explore(a, {0, 1.0}, {1, 0, sweep});
      patient.explore(b, {0, 1.0}, {1, 0, sweep});
      ASSERT_EQ(a.live.weights, b.live.weights) << "sweep " << sweep << " at " << inner_step;
      ASSERT_EQ(a.live.loss, b.live.loss);
      outer += a.counters.layers[0].acceptance;
      inner += a.counters.layers[1].acceptance;
    }
    std::printf("inner step %g: %g of 500 and %g of 10000 accepted\n", inner_step, outer, inner);
    EXPECT_GT(outer, 20);
    EXPECT_LT(outer, 450);
    EXPECT_GT(inner, 50);
  }
}

}  // namespace
}  // namespace echelon
