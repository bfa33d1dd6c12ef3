// Hamiltonian moves of whole layers: where a trajectory ends and with what probability, against
// leapfrog steps written here with slopes by differences; detailed balance with its reverse; the
// law they keep against quadrature.

#include "echelon/sampler/trajectory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "echelon/model/network_loss.hpp"
#include "echelon/sampler/network_target.hpp"
#include "support/naive_network.hpp"
#include "support/oracles/grid_law.hpp"
#include "support/random_network.hpp"
#include "support/statistics.hpp"

namespace echelon {
namespace {

static_assert(GuidingLoss<NetworkLoss<float>> && GuidedMoves<WeightMoves<float>>);

/// Hands out the normals of one layer, zeros (which change nothing) to the others, and notes the
/// probability it was asked to decide on, always yes.
struct Script {
  int turn = 0;  // draws until it is this layer's
  std::vector<double> normals;
  std::vector<double> probabilities = {};

  void fill_normal(std::span<double> out) {
    const bool mine = turn-- == 0;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = mine ? normals[i] : 0;
  }
  template <class T>
  void fill_normal(std::span<T>) {
    FAIL() << "velocities are in double";
  }
  std::uint64_t below(std::uint64_t) { return 0; }
  double uniform() { return .25; }
  friend bool happens(Script& script, double probability) {
    script.probabilities.push_back(probability);
    return script.probabilities.size() == 1;  // of two layers the first one moves
  }
};

struct TrajectoryMoves : WeightMoves<double> {
  using WeightMoves::WeightMoves;
  double propose(int, Change, double, const Matrix<double>&, Matrix<double>&, Script&) const {
    return 0;
  }
  void draw(int, Script&, Matrix<double>&) const {}
};

/// The first layer of a 6-4-5 network whose frame is turned.
struct Problem {
  static constexpr double temperature = .05, step = .4, scale = .9, second = .8;
  static constexpr int steps = 4;
  const std::vector<int> widths{6, 4, 5};
  const Network network =
      make_network(widths, {.activation = Activation::tanh}, identity_reference(widths));
  const Split split = random_split(widths, {.count = 30}, 1);
  const NetworkLoss<double> model{network, split, {}, {}};
  const Prior prior = make_prior(network, PriorKind::gaussian, {scale, second}, {});
  const Temperatures temperatures{std::vector<double>{0, temperature}};
  const InputSpectrum inputs = input_spectrum(split, Communicator());
  TrajectoryMoves moves{prior, Proposal::hmc};

  Problem() { moves.follow(inputs); }

  /// Of entry i, where `last` follows.
  double pace(Eigen::Index i, const Matrix<double>& last) const {
    double squares = 0;
    for (Eigen::Index unit = 0; unit < last.cols(); ++unit)
      squares += last.col(unit).squaredNorm() / static_cast<double>(last.cols());
    const Eigen::Index row = i % last.cols(), column = i / last.cols();
    const double own = std::min(1.0, step * std::sqrt(squares / last.col(row).squaredNorm()));
    const double share = inputs.share[static_cast<std::size_t>(column)];
    return own / std::sqrt(own * own + (1 - own * own) * share);
  }
  Matrix<double> weights_of(const Matrix<double>& u) const {
    return prior.mean[0] + scale * u * inputs.directions.transpose();
  }
  Matrix<double> position_of(const Matrix<double>& w) const {
    return (w - prior.mean[0]) * inputs.directions / scale;
  }
  double potential(const Matrix<double>& u, const Matrix<double>& last) const {
    return naive::loss(network, {weights_of(u), last}, split) / temperature;
  }
  /// H at a point with velocities v.
  double energy(const Matrix<double>& u, const Matrix<double>& v,
                const Matrix<double>& last) const {
    return (u.squaredNorm() + v.squaredNorm()) / 2 + potential(u, last);
  }

  void leap(Matrix<double>& u, Matrix<double>& v, const Matrix<double>& last) const {
    const double angle = std::acos(0) * std::pow(3, -.25) / steps;
    const auto rotate = [&] {  // by half a step
      for (Eigen::Index i = 0; i < u.size(); ++i) {
        const double half = angle / 2 * pace(i, last), before = u(i);
        u(i) = std::cos(half) * before + std::sin(half) * v(i);
        v(i) = std::cos(half) * v(i) - std::sin(half) * before;
      }
    };
    for (int s = 0; s < steps; ++s) {
      rotate();
      Matrix<double> slope(u.rows(), u.cols());
      for (Eigen::Index i = 0; i < u.size(); ++i) {
        Matrix<double> above = u, below = u;
        above(i) += 1e-5;
        below(i) -= 1e-5;
        slope(i) = (potential(above, last) - potential(below, last)) / 2e-5;
      }
      for (Eigen::Index i = 0; i < u.size(); ++i) v(i) -= angle * pace(i, last) * slope(i);
      rotate();
    }
  }

  struct End {
    Matrix<double> w;
    double probability;
  };
  /// Where the kernel takes the first layer with these velocities.
  End fly(const Matrix<double>& w, const Matrix<double>& v, const Matrix<double>& last) const {
    Script script{0, std::vector<double>(static_cast<std::size_t>(v.size()))};
    std::copy(v.data(), v.data() + v.size(), script.normals.begin());
    Point<NetworkLoss<double>> point{{w, last}, {}, 0};
    evaluate(model, point);
    auto candidates = point.weights;
    Counters counters(2);
    const std::vector<double> sizes(2, step);
    Walk<NetworkLoss<double>, TrajectoryMoves, Script> walk{
        model, moves, temperatures, {0, 1.0}, sizes, script, counters, point.weights, candidates};
    Trajectory<NetworkLoss<double>, TrajectoryMoves, Script>(walk, steps).sweep(point, 1);
    EXPECT_EQ(point.weights[1], last);
    EXPECT_NEAR(point.loss, naive::loss(network, point.weights, split), 1e-12);
    return {point.weights[0], script.probabilities.at(0)};
  }
};

TEST(Trajectory, GoesWhereLeapfrogStepsGoAndBalancesInDetail) {
  const Problem problem;
  const auto start = random_weights<double>(problem.widths, 2);
  Stream stream({5, Purpose::explore, 0, 0});
  Matrix<double> w = start[0];
  bool rejects = false;
  for (int i = 0; i < 10; ++i) {
    Matrix<double> v(w.rows(), w.cols()), u = problem.position_of(w);
    for (Eigen::Index j = 0; j < v.size(); ++j) v(j) = stream.normal();
    const auto there = problem.fly(w, v, start[1]);
    const double before = problem.energy(u, v, start[1]);
    problem.leap(u, v, start[1]);
    const double after = problem.energy(u, v, start[1]);
    ASSERT_LT((there.w - problem.weights_of(u)).norm(), 1e-7);
    ASSERT_NEAR(there.probability, std::min(1.0, std::exp(before - after)), 1e-6);
    const auto back = problem.fly(there.w, -v, start[1]);
    ASSERT_LT((back.w - w).norm(), 1e-7);
    ASSERT_NEAR(std::log(there.probability) - before, std::log(back.probability) - after, 1e-6);
    rejects = rejects || there.probability < .99;
    w = there.w;
  }
  EXPECT_TRUE(rejects);
}

/// A 1-1-2 network's law against quadrature: the means of the first weight, of its square and of
/// the loss within 4 standard errors.
TEST(Trajectory, KeepsTheGibbsLaw) {
  const std::vector<int> widths{1, 1, 2};
  const auto network =
      make_network(widths, {.activation = Activation::tanh}, identity_reference(widths));
  const auto split = random_split(widths, {.count = 6}, 3);
  const auto prior = make_prior(network, PriorKind::gaussian, {.9, .7}, {});
  constexpr double temperature = .04;
  std::vector<oracle::Axis> axes;
  for (int k = 0; k < 2; ++k)
    for (Eigen::Index i = 0; i < prior.mean[at(k)].size(); ++i)
      axes.push_back(
          oracle::Axis::normal(prior.mean[at(k)](i), prior.scale[at(k)], temperature, k, 61, 5));
  const auto weights_of = [](std::span<const double> w) {
    return Weights<double>{Matrix<double>{{w[0]}}, Matrix<double>{{w[1]}, {w[2]}}};
  };
  const oracle::GridLaw law(
      axes, [&](std::span<const double> w) { return naive::loss(network, weights_of(w), split); });
  BranchOptions options;
  options.inner_steps = 2;
  options.leapfrog = 3;
  options.step = {.8, .8};
  options.start = Start::prior;
  NetworkTarget<double> target(
      std::make_shared<const NetworkLoss<double>>(network, split, Communicator(), Communicator()),
      {prior, Proposal::hmc}, Temperatures({0, temperature}), options);
  auto state = target.start({1, 0, 0});
  std::vector<double> losses, first, square;
  for (std::uint64_t sweep = 1; sweep <= 40000; ++sweep) {
    target.explore(state, {0, 1.0}, {1, 0, sweep});
    if (sweep <= 100) continue;
    losses.push_back(target.energy(state));
    first.push_back(state.live.weights[0](0));
    square.push_back(first.back() * first.back());
  }
  double mean = 0, mean_square = 0;
  for (std::size_t i = 0; i < law.marginal(0).size(); ++i) {
    const double x = law.axes()[0].points[i];
    mean += law.marginal(0)[i] * x;
    mean_square += law.marginal(0)[i] * x * x;
  }
  const auto expect = [](const std::vector<double>& series, double exact) {
    const auto estimate = oracle::batch_means(series);
    EXPECT_LT(std::abs(estimate.mean - exact), 4 * estimate.error) << exact;
    EXPECT_LT(estimate.error, .04) << exact;
  };
  expect(losses, law.mean_loss());
  expect(first, mean);
  expect(square, mean_square);
  const auto& tally = state.counters.layers;
  EXPECT_EQ(tally[0].proposals, 1);
  EXPECT_EQ(tally[1].proposals, 2);
}

TEST(Trajectory, IsRefusedWhereSlopesAreNotKnown) {
  const auto network = make_network({3, 2, 2}, {}, identity_reference({3, 2, 2}));
  const auto split = random_split({3, 2, 2}, {.count = 8}, 1);
  const auto loss =
      std::make_shared<const NetworkLoss<double>>(network, split, Communicator(), Communicator());
  const auto prior = [&](PriorKind kind, std::vector<double> radius) {
    return make_prior(network, kind, {1, 1}, std::move(radius));
  };
  const auto gaussian = prior(PriorKind::gaussian, {});
  BranchOptions options;
  options.step = {.1, .1};
  EXPECT_THROW(
      NetworkTarget<double>(loss, {gaussian, Proposal::hmc}, Temperatures({.1, .1}), options),
      Error);
  using Moves = WeightMoves<double>;
  EXPECT_THROW(Moves(prior(PriorKind::flat, {}), Proposal::hmc), Error);
  EXPECT_THROW(Moves(prior(PriorKind::gaussian, {5, 5}), Proposal::hmc), Error);
  EXPECT_THROW(Moves(gaussian, {Proposal::hmc, Proposal::unit}), Error);
  EXPECT_THROW(Moves(gaussian, {Proposal::unit, Proposal::hmc}), Error);
}

}  // namespace
}  // namespace echelon
