#include "echelon/sampler/collapsed_target.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <random>

#include "echelon/tempering/target.hpp"
#include "support/evidence_oracle.hpp"
#include "support/gaussian_walk.hpp"
#include "support/naive_net.hpp"

namespace echelon {
namespace {

using oracle::GaussianWalk;
using oracle::NaiveNet;
using TargetType = CollapsedTarget<NaiveNet, GaussianWalk>;
static_assert(Target<TargetType>);

std::vector<Matrix<double>> random_layers(const std::vector<int>& widths, std::mt19937_64& engine) {
  std::normal_distribution<double> normal;
  std::vector<Matrix<double>> layers;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l)
    layers.push_back(
        Matrix<double>::NullaryExpr(widths[l + 1], widths[l], [&] { return normal(engine); }));
  return layers;
}

struct Setting {
  std::shared_ptr<const NaiveNet> net;
  GaussianWalk moves;
  Temperatures temperatures;

  TargetType target() const {
    CollapsedOptions options;
    options.step.assign(moves.mean.size(), 0.5);
    return {net, moves, temperatures, {moves.mean.back(), moves.scale.back()}, options};
  }
};

Setting make_setting(const std::vector<int>& widths, std::vector<double> a, unsigned seed = 3) {
  std::mt19937_64 engine(seed);
  const int samples = 5, depth = static_cast<int>(widths.size()) - 1;
  const auto inputs = random_layers({samples, widths.front()}, engine).front();
  const auto targets = random_layers({samples, widths.back()}, engine).front();
  return {
      std::make_shared<NaiveNet>(depth, inputs, targets, [](double x) { return std::tanh(x); }),
      {random_layers(widths, engine), std::vector<double>(static_cast<std::size_t>(depth), 0.9)},
      Temperatures(std::move(a))};
}

NaiveNet::Branch branch_of(const NaiveNet& net, const LayersOf<NaiveNet>& w) {
  NaiveNet::Branch entering = net.root();
  for (int k = 0; k + 1 < net.depth(); ++k) entering = net.extend(entering, k, w[at(k)], {}, {});
  return entering;
}

double log_evidence(const Setting& s, const LayersOf<NaiveNet>& w, double inverse) {
  return oracle::log_evidence(branch_of(*s.net, w), s.net->targets(), s.moves.mean.back(),
                              s.moves.scale.back(), inverse);
}

TEST(CollapsedTarget, SwapIsInDetailedBalancePointwise) {
  const Setting s = make_setting({2, 3, 2}, {0.7, 0.4});
  const auto target = s.target();
  const Rung hot{0, 0.3}, cold{1, 0.8};
  const double theta = 0.4 / 1.1;
  double worst = 0, energy_only = 0;
  for (std::uint32_t pair = 0; pair < 2000; ++pair) {
    auto x = target.start({1, pair, 0}), y = x;
    target.refresh(x, {0, 0.0}, {7, pair, 0});
    target.refresh(y, {0, 0.0}, {7, pair, 1});
    const double log_r = target.log_ratio(x, hot, cold, {}) + target.log_ratio(y, cold, hot, {});
    const auto density = [&](const auto& state, Rung rung) {
      return theta * log_evidence(s, state.draw.weights, rung.beta / 0.4);
    };
    const double before = density(x, hot) + density(y, cold);
    const double after = density(y, hot) + density(x, cold);
    // Flow x at hot, y at cold -> exchanged, against the way back.
    const double forward = std::min(0.0, log_r), backward = std::min(0.0, -log_r);
    worst = std::max(worst, std::abs(before + forward - after - backward));
    const double energies = (hot.beta - cold.beta) / 0.4 * (x.draw.loss - y.draw.loss);
    energy_only = std::max(energy_only, std::abs(energies - (after - before)));
  }
  EXPECT_LE(worst, 1e-12);
  EXPECT_GT(energy_only, 0.1) << "the energy-only rule would have passed";
}

TEST(CollapsedTarget, ATemperatureTableSwapsWithEachRungsOwnTheta) {
  Setting s = make_setting({2, 3, 2}, {0.7, 0.4});
  s.temperatures = Temperatures::from_table({{2.0, 0.5}, {0.7, 0.4}});
  const auto target = s.target();
  const auto x = target.start({1, 0, 0});
  const double expected = 0.4 / 1.1 * log_evidence(s, x.draw.weights, 1 / 0.4) -
                          0.2 * log_evidence(s, x.draw.weights, 1 / 0.5);
  EXPECT_NEAR(target.log_ratio(x, {0, 0.5}, {1, 1.0}, {}), expected, 1e-12);
}

TEST(CollapsedTarget, PriorEndIsThePrior) {
  const Setting s = make_setting({2, 3, 2}, {0.7, 0.4});
  auto target = s.target();
  auto state = target.start({1, 0, 0});
  target.explore(state, {0, 0.0}, {1, 0, 4});
  LayersOf<NaiveNet> expected = s.moves.mean;
  Stream stream(Turn{1, 0, 4}.address(Purpose::reference));
  for (int k = 0; k < 2; ++k) s.moves.draw(k, stream, expected[at(k)]);
  EXPECT_EQ(state.draw.weights, expected);
  const double theta = 0.4 / 1.1;
  EXPECT_NEAR(target.log_ratio(state, {0, 0.0}, {1, 1.0}, {}),
              theta * log_evidence(s, state.draw.weights, 1 / 0.4), 1e-12);
  EXPECT_EQ(target.statistics(state).get_scalar<double>("conditional_loss"),
            state.head.mean_loss(0));
}

TEST(CollapsedTarget, TheDrawOfTheLastLayerNeverFeedsBack) {
  auto target = make_setting({2, 3, 2}, {0.7, 0.4}).target();
  auto one = target.start({1, 0, 0}), other = one;
  other.draw.weights.back() *= 3;
  for (std::uint64_t sweep = 1; sweep <= 5; ++sweep) {
    target.explore(one, {0, 1.0}, {1, 0, sweep});
    target.explore(other, {0, 1.0}, {1, 0, sweep});
    EXPECT_EQ(one.draw.weights, other.draw.weights);
  }
  EXPECT_NEAR(one.draw.loss, make_setting({2, 3, 2}, {0.7, 0.4}).net->loss_of(one.draw.weights),
              1e-14);
}

TEST(CollapsedTarget, GoesOnWithTheSameBitsAfterUnpacking) {
  for (const auto& [widths, a] : {std::pair{std::vector{2, 3, 2}, std::vector{0.7, 0.4}},
                                  std::pair{std::vector{2, 3, 2, 1}, std::vector{0.0, 0.7, 0.4}},
                                  std::pair{std::vector{2, 2}, std::vector{0.4}}}) {
    auto target = make_setting(widths, a).target();
    auto state = target.start({1, 0, 0});
    for (std::uint64_t sweep = 1; sweep <= 3; ++sweep)
      target.explore(state, {0, 0.6}, {1, 0, sweep});
    auto resumed = target.unpack(Archive::from_bytes(target.pack(state).to_bytes()));
    EXPECT_EQ(target.statistics(resumed), target.statistics(state));
    EXPECT_EQ(target.energy(resumed), target.energy(state));
    target.explore(state, {0, 1.0}, {1, 0, 4});
    target.explore(resumed, {0, 1.0}, {1, 0, 4});
    EXPECT_EQ(target.pack(resumed), target.pack(state));
  }
}

TEST(CollapsedTarget, StatisticsAreTheClosedForms) {
  const Setting s = make_setting({2, 3, 2}, {0.7, 0.4});
  auto target = s.target();
  auto state = target.start({1, 0, 0});
  target.explore(state, {0, 0.5}, {1, 0, 1});
  const double t = 0.5 / 0.4, step = 1e-4;
  const double slope = (log_evidence(s, state.draw.weights, t + step) -
                        log_evidence(s, state.draw.weights, t - step)) /
                       (2 * step);
  const Archive statistics = target.statistics(state);
  EXPECT_NEAR(statistics.get_scalar<double>("conditional_loss"), -slope, 1e-6);
  EXPECT_NEAR(statistics.get_scalar<double>("free_energy_1"),
              -log_evidence(s, state.draw.weights, t) / t, 1e-12);
}

TEST(CollapsedTarget, ReportsItsAcceptanceAndAdaptsTheRung) {
  auto target = make_setting({2, 3, 2}, {0.7, 0.4}).target();
  auto state = target.start({1, 0, 0});
  target.explore(state, {2, 1.0}, {1, 0, 1});
  std::vector<double> report(static_cast<std::size_t>(target.report_size()));
  target.report(state, report);
  EXPECT_EQ(report.size(), target.report_names().size());
  EXPECT_GT(report[0], 0);
  EXPECT_LE(report[0], 1);
  EXPECT_TRUE(std::isnan(report[1])) << "the last layer is drawn, not proposed";
  EXPECT_EQ(report[3], 0);
  report[0] = 1;
  target.adapt({2, 1.0}, report, 1);
  EXPECT_GT(target.pack_tuning().get<double>("step")[4], 0.5);
}

TEST(CollapsedTarget, RefusesWhatHasNoClosedForm) {
  EXPECT_THROW(make_setting({2, 3, 3, 1}, {0.1, 0.7, 0.4}).target(), Error);
  EXPECT_NO_THROW(make_setting({2, 3, 3, 1}, {0.0, 0.7, 0.4}).target());
  EXPECT_THROW(make_setting({2, 3, 1}, {0.0, 0.7, 0.4}).target(), Error);
  const Network network =
      make_network({2, 3, 1}, {Activation::tanh, Output::identity, Loss::squared},
                   identity_reference({2, 3, 1}));
  EXPECT_EQ(head_prior(network, make_prior(network, PriorKind::gaussian, {1, 0.5}, {})).scale, 0.5);
  EXPECT_THROW(head_prior(network, make_prior(network, PriorKind::flat, {}, {})), Error);
  EXPECT_THROW(head_prior(network, make_prior(network, PriorKind::gaussian, {1, 1}, {2, 2})),
               Error);
  const Network softmax = make_network(
      {2, 3, 1}, {Activation::tanh, Output::softmax, Loss::squared}, identity_reference({2, 3, 1}));
  EXPECT_THROW(head_prior(softmax, make_prior(softmax, PriorKind::gaussian, {1, 1}, {})), Error);
}

}  // namespace
}  // namespace echelon
