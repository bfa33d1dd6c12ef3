// Moves of the last layer: detailed balance of Langevin steps, pair by pair, against a density and
// a slope written here, in one and in many dimensions, for mixtures of losses.

#include "echelon/sampler/last_layer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "echelon/model/network_loss.hpp"
#include "echelon/sampler/weight_moves.hpp"
#include "support/naive_network.hpp"
#include "support/oracles/gaussian_moves.hpp"
#include "support/oracles/tiny_net.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

/// Hands out given normals and notes the probability it was asked to decide on, always yes.
struct Script {
  std::vector<double> normals;
  double probability = 0;

  void fill_normal(std::span<double> out) {
    ASSERT_EQ(out.size(), normals.size());
    std::copy(normals.begin(), normals.end(), out.begin());
  }
  template <class T>
  void fill_normal(std::span<T>) {
    FAIL() << "Langevin noise is in double";
  }
  double normal() { return 0; }
  std::uint64_t below(std::uint64_t) { return 0; }
  friend bool happens(Script& script, double asked) {
    script.probability = asked;
    return true;
  }
};

using oracle::TinyNet;
using Moves = oracle::GaussianMoves<TinyNet::Layer>;

/// A 1-1-1 net under a mixture of the losses of two first layers.
struct TinyProblem {
  static constexpr double weight[2] = {.3, .7}, shallow[2] = {.8, 1.4}, temperature = .05,
                          step = .35;
  TinyNet net{2};
  Moves moves{{1, 1}, 1, .5, Moves::Kind::langevin};
  Temperatures temperatures{std::vector<double>{.1, temperature}};

  double log_density(double w) const {
    double sum = -std::pow(w - 1, 2) / (2 * .25);
    for (int j = 0; j < 2; ++j)
      sum -= weight[j] / temperature * net.loss(std::vector{shallow[j], w});
    return sum;
  }
  /// The density is quadratic, so that three of its values give its slope.
  double slope(double w) const {
    const double below = log_density(-1), middle = log_density(0), above = log_density(1);
    return (above - below) / 2 + w * (above + below - 2 * middle);
  }
  double log_proposal(double from, double to) const {
    return -std::pow((to - from - step * step / 2 * slope(from)) / step, 2) / 2;
  }

  /// Where `noise` takes w, and the probability of acceptance.
  std::pair<double, double> move(double w, double noise) const {
    std::vector<TinyNet::Layer> weights{TinyNet::Layer::Constant(1, 1, 0),
                                        TinyNet::Layer::Constant(1, 1, w)};
    auto candidates = weights;
    Counters counters(2);
    Script script{{noise}};
    const std::vector<double> steps(2, step);
    Walk<TinyNet, Moves, Script> walk{net,    moves,    temperatures, {0, 1.0},  steps,
                                      script, counters, weights,      candidates};
    std::vector<TinyNet::Branch> entering;
    std::vector<double> loss(2);
    std::vector<Slope> slope(2);
    for (const double first : shallow)
      entering.push_back(net.extend(net.root(), 0, TinyNet::Layer::Constant(1, 1, first), {}, {}));
    net.losses(entering, weights[1], loss);
    LastLayer<TinyNet, Moves, Script> kernel(walk);
    EXPECT_TRUE(kernel.move({}, {entering, weight, loss, slope}));
    for (int j = 0; j < 2; ++j)
      EXPECT_NEAR(loss[at(j)], net.loss(std::vector{shallow[j], weights[1](0)}), 1e-14);
    return {weights[1](0), script.probability};
  }
};

TEST(Langevin, BalancesInDetailForEveryPair) {
  const TinyProblem problem;
  Stream stream({3, Purpose::explore, 0, 0});
  for (int i = 0; i < 100'000; ++i) {
    const double from = 1 + .7 * stream.normal();
    const auto [to, there] = problem.move(from, stream.normal());
    const double reverse =
        (from - to) / TinyProblem::step - TinyProblem::step / 2 * problem.slope(to);
    const auto [origin, back] = problem.move(to, reverse);
    ASSERT_NEAR(origin, from, 1e-9);
    const double forward =
        problem.log_density(from) + problem.log_proposal(from, to) + std::log(there);
    const double backward =
        problem.log_density(to) + problem.log_proposal(to, from) + std::log(back);
    ASSERT_NEAR(forward, backward, 1e-12 * (1 + std::abs(forward))) << from << " to " << to;
  }
}

/// The moves of a network's weights where nothing but a Langevin step may happen.
struct LangevinOnly : WeightMoves<double> {
  using WeightMoves::WeightMoves;
  double propose(int, Change, double, const Matrix<double>&, Matrix<double>&, Script&) const {
    throw std::logic_error("a random walk in place of a Langevin step");
  }
};

/// The acceptance of a step between two 5 x 4 last layers of a network, from the formula.
TEST(Langevin, WeighsManyDimensionsByTheirDensities) {
  const std::vector<int> widths{6, 4, 5};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const auto split = random_split(widths, {.count = 30}, 1);
  const auto model = NetworkLoss<double>(network, split, {}, {});
  const auto prior = make_prior(network, PriorKind::gaussian, {1, .8}, {});
  const LangevinOnly moves(prior, Proposal::mala);
  const Temperatures temperatures(std::vector<double>{.1, .05});
  const double step = .2;
  auto weights = random_weights<double>(widths, 2);
  const auto start = weights;
  const auto log_density = [&](const Matrix<double>& w) {
    return -(w - prior.mean[1]).squaredNorm() / (2 * .8 * .8) -
           naive::loss(network, {start[0], w}, split) / .05;
  };
  const auto slope = [&](const Matrix<double>& w) {
    Slope result(w.rows(), w.cols());
    for (Eigen::Index i = 0; i < w.size(); ++i) {
      Matrix<double> above = w, below = w;
      above(i) += 1e-5;
      below(i) -= 1e-5;
      result(i) = (log_density(above) - log_density(below)) / 2e-5;
    }
    return result;
  };
  const auto log_proposal = [&](const Matrix<double>& from, const Matrix<double>& to) {
    return -((to - from) / step - step / 2 * slope(from)).squaredNorm() / 2;
  };
  Stream stream({5, Purpose::explore, 0, 0});
  for (int i = 0; i < 20; ++i) {
    Script script{std::vector<double>(20)};
    for (double& x : script.normals) x = stream.normal();
    Counters counters(2);
    auto candidates = weights;
    const std::vector<double> steps(2, step);
    Walk<NetworkLoss<double>, LangevinOnly, Script> walk{
        model, moves, temperatures, {0, 1.0}, steps, script, counters, weights, candidates};
    const auto branch = model.forward(weights);
    const double whole = 1;
    double loss;
    Slope known;
    model.losses({&branch, 1}, weights[1], {&loss, 1});
    const Matrix<double> from = weights[1];
    LastLayer<NetworkLoss<double>, LangevinOnly, Script> kernel(walk);
    kernel.move({}, {{&branch, 1}, {&whole, 1}, {&loss, 1}, {&known, 1}});
    const Matrix<double> to = weights[1];
    const double log_ratio =
        log_density(to) - log_density(from) + log_proposal(to, from) - log_proposal(from, to);
    EXPECT_NEAR(script.probability, std::min(1.0, std::exp(log_ratio)), 1e-6) << "step " << i;
    EXPECT_NEAR(loss, naive::loss(network, weights, split), 1e-12);
  }
}

}  // namespace
}  // namespace echelon
