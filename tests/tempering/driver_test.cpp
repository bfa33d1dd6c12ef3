#include "echelon/tempering/driver.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/gaussian_run.hpp"

namespace echelon {
namespace {

TEST(Driver, RecordsEverySweepAndEndsWithACommit) {
  GaussianRun job;
  job.options.warmup = 32;
  job.options.sweeps = 60;
  job.options.thin = 3;
  job.options.thin_weights = 6;
  job.options.ladders = 2;
  job.options.adaptation = Adaptation::betas;
  MemorySink sink;
  EXPECT_EQ(job.run({}, sink), Outcome::finished);
  EXPECT_EQ(sink.rows(tables::trace).size(), 93U);
  EXPECT_EQ(sink.rows(tables::index_process).size(), 93U);
  EXPECT_EQ(sink.rows(tables::sample_stats).size(), 20U);
  EXPECT_EQ(sink.rows(tables::posterior).size(), 10U);
  EXPECT_EQ(sink.rows(tables::warmup_sample_stats).size(), 0U);
  const Archive& share = sink.rows(tables::trace)[9][1];
  EXPECT_EQ(share.get<double>("train_loss").size(), 5U);
  EXPECT_EQ(share.get<double>("log_ratio").size(), 5U);
  EXPECT_EQ(share.get<double>("acceptance").size(), 10U) << "two entries of one name, by rung";
  EXPECT_EQ(sink.snapshots.size(), 1U);
  EXPECT_EQ(sink.snapshots.back().sweep, 92);
  EXPECT_EQ(sink.snapshots.back().replicas.size(), 10U);
}

TEST(Driver, DrawsAreThoseOfTheTargetRungInEveryChain) {
  GaussianRun job;
  job.options.ladders = 2;
  job.options.sweeps = 90;
  job.options.thin = 3;
  job.options.thin_weights = 3;
  MemorySink sink;
  job.run({}, sink);
  for (std::size_t chain = 0; chain < 2; ++chain) {
    const auto losses = sink.column<double>(tables::trace, "train_loss", 4, chain);
    const auto replicas = sink.column<std::int64_t>(tables::index_process, "replica_at", 4, chain);
    const auto sweeps = sink.column<std::int64_t>(tables::sample_stats, "sweep", 0, chain);
    for (std::size_t draw = 0; draw < sweeps.size(); ++draw) {
      const auto sweep = static_cast<std::size_t>(sweeps[draw]);
      EXPECT_EQ(sweep, 3 * (draw + 1));
      const Archive& stats = sink.rows(tables::sample_stats)[draw][chain];
      EXPECT_EQ(stats.get_scalar<double>("train_loss"), losses[sweep]);
      EXPECT_EQ(stats.get_scalar<std::int64_t>("replica"), replicas[sweep]);
      double square = 0;
      for (const double w : sink.rows(tables::posterior)[draw][chain].get<double>("W1"))
        square += w * w;
      EXPECT_EQ(square / 2, losses[sweep]);
    }
  }
}

TEST(Driver, SwapsOnlyEverySoManySweepsAndAlternatesPairs) {
  GaussianRun job;
  job.options.sweeps = 60;
  job.options.swap_every = 3;
  MemorySink sink;
  job.run({}, sink);
  for (std::size_t sweep = 1; sweep <= 60; ++sweep) {
    const bool exchanging = sweep % 3 == 0;
    const auto& ratios = sink.rows(tables::trace)[sweep][0].get<double>("log_ratio");
    const auto lonely = static_cast<std::size_t>((sweep / 3 - 1) % 2 == 0 ? 4 : 0);
    for (std::size_t rung = 0; rung < 5; ++rung)
      EXPECT_EQ(std::isnan(ratios[rung]), !exchanging || rung == lonely) << "sweep " << sweep;
    if (sweep % 3 != 1) {
      EXPECT_TRUE(sink.rows(tables::index_process)[sweep] ==
                  sink.rows(tables::index_process)[sweep - 1]);
    }
  }
}

TEST(Driver, RecordsARowPerRoundAndThenAtPowersOfTwo) {
  GaussianRun job;
  job.options.ladders = 2;
  job.options.warmup = 70;
  job.options.rounds = 3;
  job.options.sweeps = 21;
  job.options.rung_capacity = 8;
  job.options.adaptation = Adaptation::betas;
  MemorySink sink;
  job.run({}, sink);
  const std::vector<std::int64_t> ends{10, 30, 70, 71, 72, 74, 78, 86, 91};
  EXPECT_EQ(sink.column<std::int64_t>(tables::rounds, "sweep"), ends);
  const auto warmups = sink.column<std::int64_t>(tables::rounds, "warmup");
  EXPECT_EQ(warmups, (std::vector<std::int64_t>{1, 1, 1, 0, 0, 0, 0, 0, 0}));
  // Production counts afresh: after its first sweep there is one draw per chain.
  const auto& first = sink.rows(tables::trace)[71];
  for (std::size_t rung = 0; rung < 5; ++rung)
    EXPECT_EQ(
        sink.rows(tables::rounds)[3][0].get<double>("mean_train_loss")[rung],
        (first[0].get<double>("train_loss")[rung] + first[1].get<double>("train_loss")[rung]) / 2);
  const Archive& row = sink.rows(tables::rounds).back().front();
  EXPECT_EQ(row.get<double>("beta").size(), 8U);
  EXPECT_EQ(row.get<double>("beta")[4], 1);
  EXPECT_TRUE(std::isnan(row.get<double>("beta")[5]));
  EXPECT_EQ(row.get<double>("swap_acceptance").size(), 7U);
  EXPECT_EQ(row.get<double>("acceptance").size(), 16U) << "two entries of one name, by rung";
  EXPECT_EQ(row.get<double>("step").size(), 8U);
  EXPECT_EQ(row.get<std::int64_t>("round_trips").size(), 2U);
  EXPECT_EQ(row.get<std::int64_t>("replica_round_trips").size(), 16U);
  EXPECT_EQ(row.get<std::int64_t>("replica_round_trips")[5], -1);
}

TEST(Driver, FreezesBetasAndStepsAfterWarmUp) {
  GaussianRun job;
  job.options.warmup = 70;
  job.options.rounds = 3;
  job.options.sweeps = 100;
  job.options.adaptation = Adaptation::betas;
  MemorySink sink;
  job.run({}, sink);
  const auto& rows = sink.rows(tables::rounds);
  EXPECT_NE(rows[0][0].get<double>("beta"), rows[1][0].get<double>("beta"));
  EXPECT_NE(rows[1][0].get<double>("beta"), rows[2][0].get<double>("beta"));
  EXPECT_NE(rows[1][0].get<double>("step"), rows[2][0].get<double>("step"));
  for (std::size_t row = 3; row < rows.size(); ++row) {
    EXPECT_EQ(rows[row][0].get<double>("beta"), rows[2][0].get<double>("beta"));
    EXPECT_EQ(rows[row][0].get<double>("step"), rows[2][0].get<double>("step"));
  }
}

TEST(Driver, TellsAStateOfEveryMove) {
  GaussianRun job;
  job.options.warmup = 70;
  job.options.rounds = 3;
  job.options.adaptation = Adaptation::betas;
  MemorySink sink;
  job.run({}, sink);
  std::vector<std::int64_t> moves(5, 2);  // two changes of the betas
  const auto& index = sink.rows(tables::index_process);
  for (std::size_t sweep = 1; sweep < index.size(); ++sweep)
    for (std::size_t rung = 0; rung < 5; ++rung) {
      const auto now = index[sweep][0].get<std::int64_t>("replica_at")[rung];
      const auto before = index[sweep - 1][0].get<std::int64_t>("replica_at")[rung];
      if (now != before) ++moves[static_cast<std::size_t>(now)];
    }
  // The exchange after the last sweep shows in the snapshot only.
  const Archive& common = sink.snapshots.back().common;
  const auto& last = index.back()[0].get<std::int64_t>("replica_at");
  const auto& left = common.get<std::int64_t>("ledger/replica_at");
  for (std::size_t rung = 0; rung < 5; ++rung) {
    if (left[rung] != last[rung]) ++moves[static_cast<std::size_t>(left[rung])];
  }
  for (std::size_t replica = 0; replica < 5; ++replica)
    EXPECT_EQ(sink.snapshots.back().replicas[replica].get_scalar<std::int64_t>("moves"),
              moves[replica]);
}

TEST(Driver, ChoosesTheNumberOfRungsByTheBarrier) {
  GaussianRun job;
  job.dimensions = 20;
  job.precision = 100;  // barrier about 7: 16 rungs
  job.options.warmup = 2000;
  job.options.sweeps = 1000;
  job.options.adaptation = Adaptation::rungs;
  job.options.rung_capacity = 30;
  job.ladder = Ladder::geometric(5, 1e-4, PriorEnd::included);
  MemorySink sink;
  job.run({}, sink);
  const Archive& row = sink.rows(tables::rounds).back().front();
  const auto rungs = std::ssize(sink.snapshots.back().replicas);
  const double barrier = row.get<double>("barrier")[static_cast<std::size_t>(rungs - 1)];
  EXPECT_NEAR(static_cast<double>(rungs), 2 * barrier + 1, 2.5);
  EXPECT_EQ(sink.rows(tables::trace).back()[0].get<double>("train_loss").size(), 30U);
  for (std::int64_t pair = 0; pair + 1 < rungs; ++pair)
    EXPECT_NEAR(row.get<double>("swap_acceptance")[static_cast<std::size_t>(pair)], 0.5, 0.2);
}

// Its states never change, so that one can see where they go.
struct StillTarget : GaussianTarget {
  StillTarget() : GaussianTarget(20, 50, Kernel::metropolis) {}
  void explore(State&, Rung, Turn) const {}
  void refresh(State&, Rung, Turn) const {}
};

TEST(Driver, NewRungsStartFromTheStatesOfTheNearestOldOnes) {
  Options options;
  options.ladders = 2;
  options.warmup = 27;
  options.rounds = 2;  // the ladder changes after sweep 9, which ends without an exchange
  options.swap_every = 2;
  options.adaptation = Adaptation::rungs;
  options.rung_capacity = 12;
  MemorySink sink;
  const auto make = [](const Communicator&) { return StillTarget(); };
  Driver<StillTarget, MemorySink> driver({}, options, make, &sink);
  const Ladder before = Ladder::from_betas({0, 0.1, 1});
  driver.run(before);
  const Ladder after = driver.ledger().ladder;
  ASSERT_GT(after.rungs(), before.rungs());
  const std::vector<int> source = nearest_rungs(before, after);
  for (std::size_t chain = 0; chain < 2; ++chain)
    for (std::size_t rung = 0; rung < source.size(); ++rung)
      EXPECT_EQ(sink.rows(tables::trace)[10][chain].get<double>("train_loss")[rung],
                sink.rows(tables::trace)[9][chain].get<double>(
                    "train_loss")[static_cast<std::size_t>(source[rung])]);
}

TEST(Driver, LeavesATableOfTemperaturesAlone) {
  GaussianRun job;
  job.ladder = Ladder::opaque(4, PriorEnd::absent);
  job.options.warmup = 200;
  job.options.sweeps = 10;
  job.options.adaptation = Adaptation::rungs;
  MemorySink sink;
  job.run({}, sink);
  EXPECT_EQ(sink.rows(tables::rounds).back()[0].get<double>("beta"), job.ladder.betas());
}

TEST(Driver, ShowsProgress) {
  GaussianRun job;
  job.options.warmup = 16;
  job.options.sweeps = 10;
  std::vector<Progress> lines;
  job.options.progress = [&](const Progress& line) { lines.push_back(line); };
  MemorySink sink;
  job.run({}, sink);
  ASSERT_EQ(lines.size(), 26U);
  EXPECT_EQ(lines[15].phase, Phase::warmup);
  EXPECT_EQ(lines[16].phase, Phase::production);
  EXPECT_EQ(lines[16].sweep, 17);
  EXPECT_EQ(lines[16].last_sweep, 26);
  EXPECT_EQ(lines[16].losses, sink.rows(tables::trace)[17][0].get<double>("train_loss"));
  EXPECT_EQ(lines[20].swap_acceptance.size(), 4U);
  EXPECT_GT(lines[20].seconds_per_sweep, 0);
}

TEST(Driver, RefusesOptionsThatContradictEachOther) {
  MemorySink sink;
  const auto refused = [&](auto change) {
    GaussianRun job;
    job.options.sweeps = 10;
    change(job.options);
    EXPECT_THROW(job.run({}, sink), Error);
  };
  refused([](Options& o) { o.sweeps = 0; });
  refused([](Options& o) { o.swap_every = 0; });
  refused([](Options& o) { o.thin = 3, o.thin_weights = 4; });
  refused([](Options& o) { o.ladders = 0; });
  refused([](Options& o) { o.rung_capacity = 4; });
  refused([](Options& o) { o.warmup = 6, o.rounds = 3; });
  refused([](Options& o) { o.commit_seconds = 0; });
}

}  // namespace
}  // namespace echelon
