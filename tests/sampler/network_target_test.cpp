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
    std::vector<double> a(at(network.depth()), moves.guided() ? 0 : .05);
    a.back() = .05;
    return {train_loss, moves, Temperatures(a), options, observer.observer()};
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
INSTANTIATE_TEST_SUITE_P(Hmc, Networks,
                         testing::Combine(testing::Values(Estimator::bridge),
                                          testing::Values(Proposal::hmc),
                                          testing::Values(std::vector{5, 3}, std::vector{6, 5, 3},
                                                          std::vector{6, 5, 4, 3})));

/// A network that cannot splice, so that rows are proposed and multiplied one by one.
struct RowByRow {
  using Real = double;
  using Branch = NetworkLoss<double>::Branch;
  NetworkLoss<double> loss;

  int depth() const { return loss.depth(); }
  Branch root() const { return loss.root(); }
  Branch extend(const Branch& entering, int layer, const Matrix<double>& w, Change change,
                const Branch& current) const {
    return loss.extend(entering, layer, w, change, current);
  }
  void losses(std::span<const Branch> entering, const Matrix<double>& w,
              std::span<double> out) const {
    loss.losses(entering, w, out);
  }
};

/// Normals that do not depend on how decisions are drawn in between.
struct Separate : Stream {
  explicit Separate(std::uint64_t sweep)
      : Stream({1, Purpose::explore, 0, sweep}), words({1, Purpose::adapt, 0, sweep}) {}
  Stream words;
};
bool happens(Separate& random, double probability) { return happens(random.words, probability); }

/// Thirty sweeps of a bridge that leaves the deeper layers alone; returns the share of accepted
/// proposals.
template <class Model>
double thirty_sweeps(const Model& model, const WeightMoves<double>& moves, Point<Model>& point) {
  const Temperatures temperatures({.0, .02});
  BranchOptions options;
  options.inner_steps = 0;
  options.relaxation = 0;
  const std::vector<double> step{.2, .2};
  using Kernel = Bridge<Model, WeightMoves<double>, Separate>;
  typename Kernel::Workspace space(2);
  auto candidates = point.weights;
  Counters counters(2);
  evaluate(model, point);
  Fan<Model> fan{{1.0}, {{point.path[0]}, {point.path[1]}}, {point.loss}};
  for (std::uint64_t sweep = 1; sweep <= 30; ++sweep) {
    Separate random(sweep);
    typename Kernel::WalkType walk{model,  moves,    temperatures,  {0, 1.0},  step,
                                   random, counters, point.weights, candidates};
    Kernel(walk, options, space).sweep(fan);
  }
  point.loss = fan.loss[0];
  return counters.layers[0].acceptance / static_cast<double>(counters.layers[0].proposals);
}

TEST(NetworkTarget, RowsAheadAreRowsOneByOne) {
  const std::vector<int> widths{6, 9, 3};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const auto split = random_split(widths, {.count = 300}, 1);
  const NetworkLoss<double> ahead(network, split, {}, {});
  const RowByRow one_by_one{{network, split, {}, {}}};
  for (const auto& radius : {std::vector<double>{}, std::vector{1.5, 1.5}})
    for (const Proposal proposal : {Proposal::unit, Proposal::unit_pcn}) {
      const WeightMoves<double> moves(make_prior(network, PriorKind::gaussian, {.7, .7}, radius),
                                      proposal);
      Point<NetworkLoss<double>> a{network.reference, {}, 0};
      Point<RowByRow> b{network.reference, {}, 0};
      const double acceptance = thirty_sweeps(ahead, moves, a);
      thirty_sweeps(one_by_one, moves, b);
      EXPECT_EQ(a.weights, b.weights);
      EXPECT_EQ(a.loss, b.loss);
      EXPECT_GT(acceptance, .1);
      EXPECT_LT(acceptance, .99);
    }
}

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
