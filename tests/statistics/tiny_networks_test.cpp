// Tiny networks against quadrature [theory 6.4, 6.6].

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "statistics/branch_run.hpp"
#include "support/known_answer.hpp"
#include "support/oracles/gaussian_moves.hpp"
#include "support/oracles/grid_law.hpp"
#include "support/oracles/tiny_net.hpp"

namespace echelon {
namespace {

using namespace oracle;
using Moves = GaussianMoves<TinyNet::Layer>;
using Target = BranchTarget<TinyNet, Moves>;

constexpr double mean = 1, scale = .5;

struct Net {
  std::string name;
  int depth, inputs;
  std::vector<double> a;
  int points;  ///< per axis of the grid

  std::vector<int> sizes() const {
    std::vector<int> result(at(depth), 1);
    result[0] = inputs;
    return result;
  }
  GridLaw law(double beta) const {
    const Temperatures t(a);
    std::vector<Axis> axes;
    for (int k = 0; k < depth; ++k)
      for (int i = 0; i < sizes()[at(k)]; ++i)
        axes.push_back(Axis::normal(mean, scale, t.cumulative(k, {0, beta}), k, points, 6));
    const TinyNet net(depth, inputs);
    return {axes, [&](std::span<const double> w) { return net.loss(w); }};
  }
  Target target(const Method& method, Moves::Kind kind = Moves::Kind::symmetric) const {
    return {std::make_shared<const TinyNet>(depth, inputs), Moves{sizes(), mean, scale, kind},
            Temperatures(a), method.options(std::vector<double>(at(depth), .4))};
  }
};

const Net nets[] = {{"1_1_1", 2, 1, {.05, .02}, 241},
                    {"2_1_1", 2, 2, {.05, .02}, 81},
                    {"1_1_1_1", 3, 1, {.05, .03, .02}, 81}};

class TinyNets : public testing::TestWithParam<Net> {};

/// V_0 is the integral of E[L] over beta, and E[L] + sum a_k D_k [theory 2, 5]: the oracle agrees
/// with itself by two other roads.
TEST_P(TinyNets, FreeEnergyIsTheIntegralOverTheLadder) {
  const auto net = GetParam();
  // Gauss-Legendre with 5 nodes on each of 6 intervals that are finer towards beta = 0.
  const double nodes[] = {0, .5384693101056831, .9061798459386640};
  const double weights[] = {.5688888888888889, .4786286704993665, .2369268850561891};
  const double edges[] = {0, .01, .04, .12, .3, .6, 1};
  double integral = 0;
  for (int interval = 0; interval < 6; ++interval) {
    const double middle = (edges[interval + 1] + edges[interval]) / 2;
    const double half = (edges[interval + 1] - edges[interval]) / 2;
    for (int node = -2; node <= 2; ++node) {
      const int i = std::abs(node);
      const double beta = middle + (node < 0 ? -half : half) * nodes[i];
      integral += half * weights[i] * net.law(beta).mean_loss();
    }
  }
  const auto law = net.law(1);
  expect_at_most("6.4", net.name + ": V_0 against the integral of E[L], relative",
                 std::abs(integral / law.free_energy() - 1), 2e-6);
  double objective = law.mean_loss();
  for (int k = 0; k < net.depth; ++k) objective += net.a[at(k)] * law.divergence(k);
  expect_at_most("6.4", net.name + ": V_0 against E[L] + sum a_k D_k",
                 std::abs(objective - law.free_energy()), 1e-12);
}

/// Bridge with round trip, on a warm rung and on the target: every marginal within .03 in total
/// variation over 20 bins (of which sampling noise is about .015) and E[L] within 3 %.
TEST_P(TinyNets, BridgeFindsMarginalsAndMeanLossOnEveryRung) {
  const auto net = GetParam();
  const Method method{"round trip", Estimator::bridge, net.depth == 2 ? 24 : 12,
                      Switching::round_trip};
  for (const double beta : {.25, 1.0}) {
    const auto law = net.law(beta);
    const auto series = run(net.target(method), {0, beta}, net.depth == 2 ? 60'000 : 40'000);
    for (std::size_t i = 0; i < series.weights.size(); ++i) {
      const double distance =
          binned_distance(series.weights[i], law.equal_bins(static_cast<int>(i), 20));
      expect_at_most("6.4", fmt::format("{} at beta {}: law of weight {}", net.name, beta, i + 1),
                     distance, .03);
    }
    const double loss = batch_means(series.loss).mean;
    expect_at_most("6.4", fmt::format("{} at beta {}: E[L], relative", net.name, beta),
                   std::abs(loss / law.mean_loss() - 1), .03);
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, TinyNets, testing::ValuesIn(nets),
                         [](const auto& each) { return each.param.name; });

/// a_1 to infinity leaves W_1 at its prior, whatever the deeper layers do.
TEST(TinyNet, InfiniteFirstTemperatureLeavesThePrior) {
  const Net net{"1_1_1", 2, 1, {1e9, .02}, 241};
  for (const auto switching : {Switching::one_way, Switching::round_trip}) {
    const Method method{"bridge", Estimator::bridge, 4, switching};
    const auto series = run(net.target(method, Moves::Kind::pcn), {0, 1.0}, 20'000);
    expect_at_most("6.6", "a_1 infinite: prior mean of W_1, standard errors",
                   std::abs(deviation(series.weights[0], mean)), 4);
    const auto squares = product(series.weights[0], series.weights[0], mean, mean);
    expect_at_most("6.6", "a_1 infinite: prior variance of W_1, standard errors",
                   std::abs(deviation(squares, scale * scale)), 4);
  }
}

/// theta = 1: started at exact draws (rejection from the prior), a few sweeps leave them exact, for
/// every number of switching steps; sequential test at level 1e-6. The same at twice the
/// temperature is found out.
std::vector<double> p_values(const Net& net, Target target, int draws, int round) {
  const auto law = net.law(1);
  const TinyNet loss(net.depth);
  constexpr int bins = 20, sweeps = 3;
  std::vector<std::vector<std::int64_t>> counts(at(net.depth), std::vector<std::int64_t>(bins));
  std::vector<std::vector<double>> edges;
  for (int k = 0; k < net.depth; ++k) edges.push_back(law.equal_bins(k, bins));
  for (int i = 0; i < draws; ++i) {
    const auto replica = static_cast<std::uint32_t>(i), chain = static_cast<std::uint32_t>(round);
    Stream stream({chain, Purpose::certify, replica, static_cast<std::uint64_t>(net.depth)});
    auto state = target.start({chain, replica, 0});
    do target.refresh(state, {}, {chain, replica, stream.below(~0ull)});
    while (!happens(stream, std::exp(-state.live.loss / net.a.back())));
    for (std::uint64_t sweep = 1; sweep <= sweeps; ++sweep)
      target.explore(state, {0, 1.0}, {chain, replica, sweep});
    for (std::size_t k = 0; k < counts.size(); ++k)
      ++counts[k][at(static_cast<int>(
          std::upper_bound(edges[k].begin(), edges[k].end(), state.live.weights[k](0)) -
          edges[k].begin()))];
  }
  std::vector<double> p;
  for (const auto& c : counts) p.push_back(equal_bins_p_value(c));
  return p;
}

const Net single_scale[] = {{"1_1_1", 2, 1, {0, .05}, 401}, {"1_1_1_1", 3, 1, {0, 0, .05}, 101}};

bool leaves_exact_draws_exact(const Net& net, const Target& target) {
  return passes_sequentially(
      4000, [&](int draws, int round) { return p_values(net, target, draws, round); });
}

TEST(BridgeAtThetaOne, LeavesExactDrawsExact) {
  for (const auto& net : single_scale)
    for (const int inner : {0, 1, 5})
      for (const auto kind : {Moves::Kind::symmetric, Moves::Kind::langevin})
        expect_invariant(
            "theta = 1",
            fmt::format("{}, {} switching steps{}", net.name, inner,
                        kind == Moves::Kind::langevin ? ", Langevin last layer" : ""),
            leaves_exact_draws_exact(net, net.target({"bridge", Estimator::bridge, inner}, kind)));
}

TEST(BridgeAtThetaOne, FaultyTemperatureIsFound) {
  for (auto net : single_scale) {
    net.a.back() *= 2;
    const auto target = net.target({"bridge", Estimator::bridge, 1});
    net.a.back() /= 2;
    EXPECT_FALSE(leaves_exact_draws_exact(net, target)) << net.name;
  }
}

}  // namespace
}  // namespace echelon
