// V_0, D_k and E[L] from a ladder's own draws, against values computed another way (quadrature, and
// closed form for the Gaussian), and their standard errors against the spread over 100 seeds.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "echelon/diagnostics/ladder_functional.hpp"
#include "echelon/sampler/branch_target.hpp"
#include "echelon/sampler/network_target.hpp"
#include "support/gaussian_run.hpp"
#include "support/known_answer.hpp"
#include "support/oracles/gaussian_moves.hpp"
#include "support/oracles/grid_law.hpp"
#include "support/oracles/quadratic_net.hpp"
#include "support/oracles/tiny_net.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

/// What a ladder says and what is true.
struct Comparison {
  std::vector<std::string> names;
  std::vector<Estimate> estimates;
  std::vector<double> truth;
  Estimate upper;  // the left sum
  double z(std::size_t i) const {
    return (estimates[i].value - truth[i]) / estimates[i].standard_error;
  }
};

struct Truth {
  double free_energy = 0, mean_loss = 0;
  std::vector<double> divergences;
};

/// Runs a ladder and reads its bounds as the program does; two temperatures a_1, a_2, V_1 in the
/// trace where the target reports it.
template <class MakeTarget>
Comparison compare(const MakeTarget& make, const Ladder& ladder, std::vector<double> a,
                   const Truth& truth, std::int64_t sweeps, std::uint64_t seed) {
  using T = decltype(make(Communicator()));
  Options options;
  options.seed = seed;
  options.warmup = 64;
  options.sweeps = sweeps;
  options.thin_weights = 0;
  MemorySink sink;
  Driver<T, MemorySink>(Communicator(), options, make, &sink).run(ladder);

  std::vector<LadderBlocks> chains{LadderBlocks(ladder.rungs(), 1, 2)};
  const auto& rows = sink.rows(tables::trace);
  for (std::size_t sweep = 65; sweep < rows.size(); ++sweep) {
    const Archive& row = rows[sweep][0];
    const double inner =
        row.has("free_energy_1") ? row.get<double>("free_energy_1").back() : std::nan("");
    chains[0].add(row.get<double>("train_loss"), row.get<double>("log_ratio"),
                  static_cast<int>((sweep - 1) % 2), std::span(&inner, 1));
  }
  const auto integral = integrate_over_beta(chains, ladder.betas());
  std::vector<double> last(static_cast<std::size_t>(ladder.rungs()), 0);
  last.back() = 1;
  Comparison out;
  const auto add = [&](const std::string& name, const Estimate& estimate, double exact) {
    out.names.push_back(name);
    out.estimates.push_back(estimate);
    out.truth.push_back(exact);
  };
  out.upper = integral.left;
  const double first = a.size() == 2 ? a[0] + a[1] : a[0], cold = a.back();
  LadderFunctional whole{1 / first, first, last, {}};
  whole.rungs.back() = -1 / cold;
  if (a.size() == 2 && a[0] > 0) whole.extras = {1 / cold - 1 / first};
  add("V_0 (trapezoid)", integral.trapezoid, truth.free_energy);
  add("V_0 (stepping stones)", estimate(chains, {1, first, {}, {}}), truth.free_energy);
  add("E[L]", estimate(chains, {0, 1, last, {}}), truth.mean_loss);
  add("D_last", estimate(chains, whole), truth.divergences.back());
  if (a.size() == 2 && a[0] > 0)
    add("D_1", estimate(chains, {1 / first, first, {}, {-1 / first}}), truth.divergences[0]);
  return out;
}

void expect_within_four(const Comparison& found, double most_relative_error) {
  for (std::size_t i = 0; i < found.names.size(); ++i) {
    std::printf("%-22s %.6f +- %.6f, exactly %.6f (z %.2f)\n", found.names[i].c_str(),
                found.estimates[i].value, found.estimates[i].standard_error, found.truth[i],
                found.z(i));
    oracle::expect_at_most("bounds", found.names[i] + ", standard errors", std::abs(found.z(i)), 4);
    EXPECT_LT(found.estimates[i].standard_error, most_relative_error * std::abs(found.truth[i]))
        << found.names[i] << ": no power";
  }
  EXPECT_GT(found.upper.value, found.truth[0] - 4 * found.upper.standard_error);
}

/// Two-sided at 1e-4 for 100 seeds.
void expect_calibrated(const auto& compare_seed) {
  std::vector<double> sums;
  std::vector<std::string> names;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Comparison found = compare_seed(seed);
    names = found.names;
    sums.resize(names.size(), 0);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += found.z(i) * found.z(i);
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    std::printf("%-22s sum of squared z over 100 seeds: %.1f\n", names[i].c_str(), sums[i]);
    EXPECT_GT(sums[i], 54.11) << names[i];
    EXPECT_LT(sums[i], 164.66) << names[i];
  }
}

/// Rungs close together where the mean loss bends most: a trapezoid without much bias.
Ladder powers(int rungs, double power) {
  std::vector<double> betas;
  for (int i = 0; i < rungs; ++i) betas.push_back(std::pow(i / (rungs - 1.0), power));
  return Ladder::from_betas(betas);
}

// L = |x|^2 / 2 at inverse temperature p: V_0 = (d/2p) log(1 + p), E[L] = d / (2 (1 + p)).
struct GaussianCase {
  int dimensions = 2;
  double precision = 20;
  Truth truth() const {
    const double half = dimensions / 2.0;
    const double free_energy = half / precision * std::log1p(precision);
    const double loss = half / (1 + precision);
    return {free_energy, loss, {precision * (free_energy - loss)}};
  }
  Comparison run(std::int64_t sweeps, std::uint64_t seed, const Ladder& ladder) const {
    const auto make = [this](const Communicator& team) {
      return TeamGaussian(team, dimensions, precision, GaussianTarget::Kernel::metropolis);
    };
    return compare(make, ladder, {1 / precision}, truth(), sweeps, seed);
  }
};

TEST(BoundsOfAGaussian, AreWithinFourErrors) {
  expect_within_four(GaussianCase().run(60000, 1, powers(24, 2)), .02);
}

TEST(BoundsOfAGaussian, HaveCalibratedErrors) {
  const Ladder ladder = powers(24, 2);
  expect_calibrated([&](std::uint64_t seed) { return GaussianCase().run(2000, seed, ladder); });
}

// A linear 2-1-1 network on 12 samples: every coordinate on a grid, from the definition.
struct LinearCase {
  std::vector<int> widths{2, 1, 1};
  std::vector<double> a{.3, .2};
  Network network = make_network(widths, {Activation::identity, Output::identity, Loss::squared},
                                 identity_reference(widths));
  Prior prior = make_prior(network, PriorKind::gaussian, {1.0, 0.8}, {});
  Split train = random_split(widths, {.count = 12, .targets = Targets::real}, 9);

  Truth truth() const {
    const int points = 71;
    std::vector<oracle::Axis> axes;
    for (int i = 0; i < 2; ++i)
      axes.push_back(oracle::Axis::normal(prior.mean[0](i), 1.0, a[0] + a[1], 0, points));
    axes.push_back(oracle::Axis::normal(prior.mean[1](0), 0.8, a[1], 1, points));
    const oracle::GridLaw law(axes, [&](std::span<const double> w) {
      double sum = 0;
      for (int i = 0; i < train.samples; ++i) {
        const double hidden = w[0] * train.inputs(0, i) + w[1] * train.inputs(1, i);
        sum += std::pow(w[2] * hidden - train.targets(0, i), 2);
      }
      return sum / train.samples;
    });
    return {law.free_energy(), law.mean_loss(), {law.divergence(0), law.divergence(1)}};
  }

  Comparison run(std::int64_t sweeps, std::uint64_t seed, const Ladder& ladder,
                 const Truth& exact) const {
    const auto make = [this](const Communicator& team) {
      const auto loss = std::make_shared<const NetworkLoss<double>>(network, train, team, team);
      CollapsedOptions options;
      options.step = {0.9, 0.9};
      return CollapsedNetworkTarget<double>(loss, WeightMoves<double>(prior, Proposal::full),
                                            Temperatures(a), head_prior(network, prior), options);
    };
    return compare(make, ladder, a, exact, sweeps, seed);
  }
};

TEST(BoundsOfALinearNetwork, AreWithinFourErrors) {
  const LinearCase linear;
  expect_within_four(linear.run(20000, 1, powers(24, 3), linear.truth()), .1);
}

TEST(BoundsOfALinearNetwork, HaveCalibratedErrors) {
  const LinearCase linear;
  const Truth truth = linear.truth();
  const Ladder ladder = powers(24, 3);
  expect_calibrated([&](std::uint64_t seed) { return linear.run(600, seed, ladder, truth); });
}

// Two weights, two temperatures, by `bridge`: V_1 comes from the inner ladder.
template <class Model>
struct TwoWeights {
  Model model;
  double mean, scale;  // of the prior
  std::vector<double> a;
  double step;
  oracle::GridLaw law;

  TwoWeights(Model net, double m, double s, std::vector<double> temperatures, double width,
             const std::function<double(std::span<const double>)>& loss)
      : model(std::move(net)),
        mean(m),
        scale(s),
        a(std::move(temperatures)),
        step(width),
        law({oracle::Axis::normal(m, s, a[0] + a[1], 0, 201),
             oracle::Axis::normal(m, s, a[1], 1, 201)},
            loss) {}

  Comparison run(std::int64_t sweeps, std::uint64_t seed, int inner_steps = 20) const {
    const auto make = [this, inner_steps](const Communicator&) {
      BranchOptions options;
      options.inner_steps = inner_steps;
      options.switching = Switching::round_trip;
      options.step = {step, step};
      options.start = Start::prior;
      options.inner_rungs = 20;
      options.inner_every = 4;
      using Moves = oracle::GaussianMoves<typename Model::Layer>;
      return BranchTarget<Model, Moves>(std::make_shared<const Model>(model),
                                        Moves{{1, 1}, mean, scale}, Temperatures(a), options);
    };
    return compare(make, powers(20, 2), a,
                   {law.free_energy(), law.mean_loss(), {law.divergence(0), law.divergence(1)}},
                   sweeps, seed);
  }
};

TwoWeights<oracle::QuadraticNet> quadratic() {
  const Eigen::Matrix2d curvature{{2, .8}, {.8, 1}};
  const Eigen::Vector2d minimum(.7, -.4);
  return {oracle::QuadraticNet(curvature, minimum),
          0,
          std::sqrt(1.5),
          {.5, .25},
          1.0,
          [=](std::span<const double> w) {
            const Eigen::Vector2d x(w[0] - minimum(0), w[1] - minimum(1));
            return x.dot(curvature * x) / 2;
          }};
}

TwoWeights<oracle::TinyNet> tiny_network() {
  const oracle::TinyNet net(2);
  return {net, 1, .5, {.05, .05}, .4, [net](std::span<const double> w) { return net.loss(w); }};
}

TEST(BoundsOfAQuadratic, AreWithinFourErrors) { expect_within_four(quadratic().run(8000, 1), .1); }

TEST(BoundsOfAQuadratic, HaveCalibratedErrors) {
  const auto net = quadratic();
  expect_calibrated([&](std::uint64_t seed) { return net.run(400, seed); });
}

TEST(BoundsOfATinyNetwork, AreWithinFourErrors) {
  expect_within_four(tiny_network().run(8000, 1), .2);
}

TEST(BoundsOfATinyNetwork, HaveCalibratedErrors) {
  const auto net = tiny_network();
  // `bridge` is biased at finite inner work: so many steps that it is little beside these errors.
  expect_calibrated([&](std::uint64_t seed) { return net.run(400, seed, 80); });
}

}  // namespace
}  // namespace echelon
