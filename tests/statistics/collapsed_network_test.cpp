// `collapsed` on real networks: a linear one whose law of W_1 is its evidence [theory 6.5], and a
// regression head on MNIST.

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <vector>

#include "echelon/data/dataset.hpp"
#include "echelon/sampler/network_target.hpp"
#include "support/evidence_oracle.hpp"
#include "support/known_answer.hpp"
#include "support/oracles/grid_law.hpp"
#include "support/random_network.hpp"
#include "support/statistics.hpp"

namespace echelon {
namespace {

template <class Real>
CollapsedNetworkTarget<Real> make_target(const Network& network, const Prior& prior,
                                         const Split& train, std::vector<double> a,
                                         Proposal proposal, double step) {
  const auto loss =
      std::make_shared<const NetworkLoss<Real>>(network, train, Communicator(), Communicator());
  const WeightMoves<Real> moves(prior, proposal);
  CollapsedOptions options;
  options.step.assign(at(network.depth()), step);
  return {loss, moves, Temperatures(std::move(a)), head_prior(network, prior), options};
}

/// The law of the two weights of W_1 of a 2-1-1 linear net, on a grid, from the n x n evidence.
struct LinearLaw {
  std::array<std::vector<double>, 2> edges;  // of 40 equal-probability bins
  double log_normaliser = 0;                 // log E_Q[Z^theta]

  LinearLaw(const Split& train, const Prior& prior, double theta, double inverse) {
    const int points = 161;
    const auto axis = oracle::Axis::normal(0, prior.scale[0], 1, 0, points);
    const Matrix<double> inputs = train.inputs.cast<double>(),
                         targets = train.targets.cast<double>();
    std::array<std::vector<double>, 2> mass;
    mass.fill(std::vector<double>(at(points)));
    double total = 0;
    for (int i = 0; i < points; ++i)
      for (int j = 0; j < points; ++j) {
        Matrix<double> w(1, 2);
        w << prior.mean[0](0) + axis.points[at(i)], prior.mean[0](1) + axis.points[at(j)];
        const double log_z =
            oracle::log_evidence(w * inputs, targets, prior.mean[1], prior.scale[1], inverse);
        const double p = std::exp(axis.log_prior[at(i)] + axis.log_prior[at(j)] + theta * log_z);
        total += p;
        mass[0][at(i)] += p;
        mass[1][at(j)] += p;
      }
    log_normaliser = std::log(total);
    for (int c = 0; c < 2; ++c) {
      double below = 0;
      int bin = 1;
      const double cell = axis.points[1] - axis.points[0];
      for (int i = 0; i < points; ++i) {
        const double p = mass[at(c)][at(i)] / total;
        for (; bin < 40 && below + p >= bin / 40.0; ++bin)
          edges[at(c)].push_back(prior.mean[0](c) + axis.points[at(i)] +
                                 cell * ((bin / 40.0 - below) / p - 0.5));
        below += p;
      }
    }
  }
};

TEST(CollapsedLinearNetwork, HasTheLawOfItsEvidence) {
  const std::vector<int> widths{2, 1, 1};
  const Network network = make_network(
      widths, {Activation::identity, Output::identity, Loss::squared}, identity_reference(widths));
  const Prior prior = make_prior(network, PriorKind::gaussian, {1.0, 0.8}, {});
  const Split train = random_split(widths, {.count = 12, .targets = Targets::real}, 9);
  const double a1 = .3, a2 = .2;
  auto target = make_target<double>(network, prior, train, {a1, a2}, Proposal::full, 0.9);
  for (const double beta : {0.3, 1.0}) {
    const LinearLaw law(train, prior, a2 / (a1 + a2), beta / a2);
    std::array<std::vector<double>, 2> draws;
    std::vector<double> tilt, difference;
    auto state = target.start({3, 0, 0});
    for (std::uint64_t sweep = 1; sweep <= 60000; ++sweep) {
      target.explore(state, {1, beta}, {3, 0, sweep});
      for (int c = 0; c < 2; ++c) draws[at(c)].push_back(state.draw.weights[0](c));
      difference.push_back(target.energy(state) -
                           target.statistics(state).get_scalar<double>("conditional_loss"));
    }
    // 60,000 sweeps with a correlation time near 10: the noise in the distance is about .035.
    for (int c = 0; c < 2; ++c)
      oracle::expect_at_most("6.5", fmt::format("beta {}: law of W_1, weight {}", beta, c + 1),
                             oracle::binned_distance(draws[at(c)], law.edges[at(c)]), .06);
    const auto mean = oracle::batch_means(difference);
    oracle::expect_at_most("6.5", fmt::format("beta {}: E[L], standard errors", beta),
                           std::abs(mean.mean) / mean.error, 4);

    for (std::uint64_t i = 0; i < 60000; ++i) {  // V_0, from prior draws alone
      target.refresh(state, {0, 0.0}, {5, 0, i});
      tilt.push_back(std::exp(target.log_ratio(state, {0, 0.0}, {1, beta}, {})));
    }
    const auto normaliser = oracle::batch_means(tilt);
    oracle::expect_at_most(
        "6.5", fmt::format("beta {}: V_0, standard errors", beta),
        std::abs(normaliser.mean - std::exp(law.log_normaliser)) / normaliser.error, 4);
    EXPECT_LT(normaliser.error, 0.01 * normaliser.mean);
  }
}

// 784-20-10 on 10,000 images: given W_1, L of the drawn W_2 has the closed-form conditional mean.
// Successive differences are independent, so the standard error needs no correlation time.
TEST(CollapsedMnist, MeanLossIsTheConditionalMean) {
  const char* folder = std::getenv("ECHELON_MNIST_DIR");
  if (!folder) GTEST_SKIP() << "set ECHELON_MNIST_DIR to the folder of the four MNIST files";
  DataOptions options;
  options.dir = folder;
  options.train_count = 10000;
  options.test_count = 1;
  const Dataset data = load(options);
  const std::vector<int> widths{784, 20, 10};
  const Network network = make_network(widths, {Activation::relu, Output::identity, Loss::squared},
                                       zero_reference(widths));
  const Prior prior = make_prior(network, PriorKind::gaussian, {2 / 28.0, 0.5}, {});
  const Rung rung{0, 1.0};
  auto target =
      make_target<float>(network, prior, data.train, {4e-5, 1e-4}, Proposal::unit_pcn, 0.2);
  auto state = target.start({1, 0, 0});
  const double at_reference = target.energy(state);
  std::vector<double> difference, report(at(target.report_size()));
  double accepted = 0;
  const int warmup = 30, sweeps = 60;
  for (int sweep = 1; sweep <= warmup + sweeps; ++sweep) {
    target.explore(state, rung, {1, 0, static_cast<std::uint64_t>(sweep)});
    target.report(state, report);
    if (sweep <= warmup) {
      target.adapt(rung, report, sweep);
      continue;
    }
    accepted += report[0] / sweeps;
    difference.push_back(target.energy(state) -
                         target.statistics(state).get_scalar<double>("conditional_loss"));
  }
  const double mean = std::accumulate(difference.begin(), difference.end(), 0.0) / sweeps;
  double square = 0;
  for (const double d : difference) square += (d - mean) * (d - mean);
  const double error = std::sqrt(square / (sweeps * (sweeps - 1.0)));
  std::printf("E[L] - E[L | W_1] = %.3g +- %.2g, L = %.4f (%.4f at M), acceptance %.2f\n", mean,
              error, target.energy(state), at_reference, accepted);
  oracle::expect_at_most("MNIST", "10,000 images: E[L] given W_1, standard errors",
                         std::abs(mean) / error, 4);
  EXPECT_LT(error, 1e-3 * target.energy(state));
  EXPECT_LT(target.energy(state), 0.5 * at_reference);
  EXPECT_GT(accepted, 0.1);
  EXPECT_LT(accepted, 0.6);
}

}  // namespace
}  // namespace echelon
