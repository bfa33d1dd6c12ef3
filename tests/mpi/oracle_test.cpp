// Ladders over nets of two weights, whose law on every rung quadrature knows: the whole of parallel
// tempering, on every number of ranks.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "echelon/sampler/annealed_target.hpp"
#include "echelon/sampler/branch_target.hpp"
#include "echelon/sampler/collapsed_target.hpp"
#include "echelon/tempering/driver.hpp"
#include "support/memory_sink.hpp"
#include "support/naive_tempering.hpp"
#include "support/oracles/gaussian_moves.hpp"
#include "support/oracles/grid_law.hpp"
#include "support/oracles/tiny_net.hpp"
#include "support/statistics.hpp"
#include "support/watched.hpp"

namespace echelon {
namespace {

using oracle::Axis;
using oracle::GridLaw;
using oracle::TinyNet;
using Moves = oracle::GaussianMoves<TinyNet::Layer>;
using Bridges = BranchTarget<TinyNet, Moves>;
using Collapses = CollapsedTarget<TinyNet, Moves>;
using Anneals = AnnealedTarget<TinyNet, Moves>;

constexpr double prior_mean = 0.3, prior_scale = 1.2;

Moves moves() { return {{1, 1}, prior_mean, prior_scale}; }
std::shared_ptr<const TinyNet> net() { return std::make_shared<const TinyNet>(2); }

Collapses collapsed(const Temperatures& temperatures) {
  CollapsedOptions options;
  options.step = {.8, .8};
  return {net(),
          moves(),
          temperatures,
          {Matrix<double>::Constant(1, 1, prior_mean), prior_scale},
          options};
}

Bridges bridge(const Temperatures& temperatures, int inner_steps) {
  BranchOptions options;
  options.estimator = Estimator::bridge;
  options.switching = Switching::round_trip;
  options.inner_steps = inner_steps;
  options.step = {.6, .6};
  return {net(), moves(), temperatures, options};
}

Anneals annealed(const Temperatures& temperatures) {
  AnnealedOptions options;
  options.levels = 12;
  options.particles = 4;
  options.readout = 10;  // w_2 of the draws is only as good as its readout
  options.step = {.6, .6};
  options.correction = SpreadCorrection::variance;
  return {net(), moves(), temperatures, options};
}

/// A run of ladders of a target; steps adapt in the warm-up.
struct OracleRun {
  Ladder ladder = Ladder::from_betas({0, .08, .3, 1});
  Options options = [] {
    Options run;
    run.seed = 29;
    run.ladders = 16;
    run.warmup = 200;
    run.sweeps = 1800;
    run.thin = run.sweeps;
    run.thin_weights = 0;
    return run;
  }();

  template <class T>
  MemorySink run(const Communicator& world, const T& target) const {
    MemorySink sink;
    Driver<T, MemorySink> driver(
        world, options, [&](const Communicator&) { return target; }, &sink);
    driver.run(ladder);
    return sink;
  }
};

GridLaw law_at(const Temperatures& temperatures, Rung rung) {
  constexpr double prior_end = 1e9;  // as good as infinite
  std::vector<Axis> axes;
  for (int k = 0; k < 2; ++k)
    axes.push_back(Axis::normal(prior_mean, prior_scale,
                                std::min(temperatures.cumulative(k, rung), prior_end), k, 501, 6));
  const TinyNet tiny(2);
  return {axes, [&](std::span<const double> w) { return tiny.loss(w); }};
}

/// The draws of one weight at one rung in production, the ladders one after the other.
std::vector<double> draws(const MemorySink& sink, const OracleRun& job, int rung, int layer) {
  std::vector<double> all;
  for (std::size_t chain = 0; chain < static_cast<std::size_t>(job.options.ladders); ++chain) {
    const auto column =
        sink.column<double>(tables::trace, "w", static_cast<std::size_t>(2 * rung + layer), chain);
    all.insert(all.end(), column.begin() + 1 + job.options.warmup, column.end());
  }
  return all;
}

/// The largest deviation, in standard errors, of the mass of any of ten bins of equal probability,
/// over all rungs and both weights.
double worst_deviation(const MemorySink& sink, const OracleRun& job,
                       const Temperatures& temperatures) {
  constexpr int bins = 10;
  double worst = 0;
  for (int rung = 0; rung < job.ladder.rungs(); ++rung) {
    const GridLaw law = law_at(temperatures, job.ladder.rung(rung));
    for (int layer = 0; layer < 2; ++layer) {
      const auto w = draws(sink, job, rung, layer);
      const auto edges = law.equal_bins(layer, bins);
      for (int bin = 0; bin < bins; ++bin) {
        std::vector<double> inside;
        for (const double x : w)
          inside.push_back(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin() == bin);
        const auto estimate = oracle::batch_means(inside);
        worst = std::max(worst, std::abs(estimate.mean - 1.0 / bins) / estimate.error);
      }
    }
  }
  return worst;
}

// 80 bins: by chance one of them is 4 standard errors off in .5 % of the seeds, 5 in 5e-5.
constexpr double alert = 4, fail = 5;

void expect_within(const OracleRun& job, const Temperatures& temperatures, const MemorySink& sink,
                   const char* name) {
  const double worst = worst_deviation(sink, job, temperatures);
  std::printf("%s: worst bin of any rung %.2f standard errors off%s\n", name, worst,
              worst > alert ? " (ALERT)" : "");
  EXPECT_LT(worst, fail) << name;
}

/// The largest total variation, over twenty bins, between a weight's draws at a rung and its law.
double worst_distance(const MemorySink& sink, const OracleRun& job,
                      const Temperatures& temperatures) {
  double worst = 0;
  for (int rung = 0; rung < job.ladder.rungs(); ++rung) {
    const GridLaw law = law_at(temperatures, job.ladder.rung(rung));
    for (int layer = 0; layer < 2; ++layer)
      worst = std::max(
          worst, oracle::binned_distance(draws(sink, job, rung, layer), law.equal_bins(layer, 20)));
  }
  return worst;
}

const Temperatures multi_scale({.3, .05});

// One run for the two tests below.
const MemorySink& collapsed_ladder() {
  static const MemorySink sink = OracleRun().run(Mpi::world(), Watched(collapsed(multi_scale)));
  return sink;
}

TEST(Oracle, CollapsedLadderHasTheMarginalsOfEveryRung) {
  const auto& sink = collapsed_ladder();
  if (!Mpi::world().is_root()) return;
  expect_within({}, multi_scale, sink, "collapsed");
}

// -V_0 / A_1 from swaps alone, both ways.
TEST(Oracle, SteppingStonesGiveTheFreeEnergy) {
  const auto& sink = collapsed_ladder();
  if (!Mpi::world().is_root()) return;
  const double exact = -law_at(multi_scale, {3, 1.0}).free_energy() / .35;
  for (const char* name : {"log_normaliser_up", "log_normaliser_down"}) {
    const auto& pairs = sink.rows(tables::rounds).back().front().get<double>(name);
    const double found = std::accumulate(pairs.begin(), pairs.end(), 0.0);
    std::printf("%s %.4f (exact %.4f)\n", name, found, exact);
    EXPECT_NEAR(found, exact, .02) << name;
  }
}

// What the test above says of swaps without the normalisers.
TEST(Oracle, EnergyOnlySwapsAreCaught) {
  const OracleRun job;
  const auto sink = job.run(Mpi::world(), Watched(EnergyOnly(collapsed(multi_scale), multi_scale)));
  if (!Mpi::world().is_root()) return;
  const double worst = worst_deviation(sink, job, multi_scale);
  std::printf("energy only: worst bin %.1f standard errors off\n", worst);
  EXPECT_GT(worst, 2 * fail);
}

// Rungs of any temperatures, in no order that one beta could give, prior end included.
TEST(Oracle, TableOfTemperaturesHasTheMarginalsOfEveryRung) {
  const auto table = Temperatures::from_table({{2, .4}, {2, .4}, {.05, .2}, {.3, .05}});
  OracleRun job;
  job.ladder = Ladder::opaque(4, PriorEnd::included);
  const auto sink = job.run(Mpi::world(), Watched(collapsed(table)));
  if (!Mpi::world().is_root()) return;
  expect_within(job, table, sink, "collapsed, from a table");
}

// Biased by finite inner work, like the moves themselves; 32,000 draws bin with a noise of .01.
TEST(Oracle, BridgesHaveTheMarginalsOfEveryRungUpToTheirBias) {
  const OracleRun job;
  const auto sink = job.run(Mpi::world(), Watched(bridge(multi_scale, 8)));
  if (!Mpi::world().is_root()) return;
  const double worst = worst_distance(sink, job, multi_scale);
  std::printf("bridge: worst distance %.4f\n", worst);
  EXPECT_LT(worst, .04);
}

TEST(Oracle, AnnealsHaveTheMarginalsOfEveryRungUpToTheirBias) {
  const OracleRun job;
  const auto sink = job.run(Mpi::world(), Watched(annealed(multi_scale)));
  if (!Mpi::world().is_root()) return;
  const double worst = worst_distance(sink, job, multi_scale);
  std::printf("annealed: worst distance %.4f\n", worst);
  EXPECT_LT(worst, .04);
}

Temperatures table_of(double a, const Ladder& ladder) {
  std::vector<std::vector<double>> rows;
  for (const double beta : ladder.betas()) rows.push_back({0, beta > 0 ? a / beta : a});
  return Temperatures::from_table(rows);
}

// At theta = 1 the decisions are those of ordinary parallel tempering, with betas and from a table.
TEST(Oracle, OneTemperatureGivesTheDecisionsOfOrdinaryTempering) {
  const double a = .05;
  OracleRun job;
  job.options.ladders = 1;
  job.options.warmup = 0;
  job.options.sweeps = 1500;
  const Ladder ladder = job.ladder;
  const auto by_beta = job.run(Mpi::world(), bridge(Temperatures({0, a}), 2));
  job.ladder = Ladder::opaque(4, PriorEnd::included);
  const auto by_table = job.run(Mpi::world(), bridge(table_of(a, ladder), 2));
  if (!Mpi::world().is_root()) return;
  const auto naive = naive_losses(bridge(Temperatures({0, a}), 2), 1 / a, ladder, job.options.seed,
                                  job.options.sweeps);
  const auto expect_same = [&](const MemorySink& sink) {
    for (int rung = 0; rung < 4; ++rung) {
      const auto losses =
          sink.column<double>(tables::trace, "train_loss", static_cast<std::size_t>(rung));
      ASSERT_EQ(losses.size(), naive.size());
      for (std::size_t sweep = 0; sweep < naive.size(); ++sweep)
        ASSERT_EQ(losses[sweep], naive[sweep][static_cast<std::size_t>(rung)])
            << "sweep " << sweep << ", rung " << rung;
    }
  };
  expect_same(by_beta);
  expect_same(by_table);
}

// What the tests of ranks say of random numbers that belong to them.
TEST(Oracle, StreamsOwnedByRanksAreCaught) {
  OracleRun job;
  job.options.sweeps = 20;
  const auto hash_on = [&](const Communicator& world, int rank) {
    return job.run(world, RankOwned(collapsed(multi_scale), rank)).hash();
  };
  const auto found = hash_on(Mpi::world(), Mpi::world().rank());
  if (!Mpi::world().is_root()) return;
  if (Mpi::world().size() == 1)
    EXPECT_EQ(found, hash_on({}, 0));
  else
    EXPECT_NE(found, hash_on({}, 0));
}

TEST(Oracle, AddressedStreamsAreNot) {
  OracleRun job;
  job.options.sweeps = 20;
  const auto found = job.run(Mpi::world(), collapsed(multi_scale)).hash();
  if (Mpi::world().is_root()) {
    EXPECT_EQ(found, job.run({}, collapsed(multi_scale)).hash());
  }
}

}  // namespace
}  // namespace echelon
