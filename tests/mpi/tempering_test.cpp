#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <string>

#include "support/gaussian_run.hpp"

// The same run on every number of ranks: each test repeats it alone on root and compares all bits.
namespace echelon {
namespace {

GaussianRun adaptive_run() {
  GaussianRun job;
  job.options.seed = 11;
  job.options.ladders = 2;
  job.options.warmup = 48;
  job.options.sweeps = 60;
  job.options.thin = 2;
  job.options.thin_weights = 4;
  job.options.warmup_draws = WarmupDraws::all;
  job.options.adaptation = Adaptation::betas;
  return job;
}

void expect_same_as_serial(const GaussianRun& job, const MemorySink& sink) {
  if (!Mpi::world().is_root()) return;
  MemorySink serial;
  job.run({}, serial);
  EXPECT_EQ(sink.hash(), serial.hash());
}

TEST(Ranks, DoNotChangeABit) {
  MemorySink sink;
  const GaussianRun job = adaptive_run();
  EXPECT_EQ(job.run(Mpi::world(), sink), Outcome::finished);
  expect_same_as_serial(job, sink);
}

TEST(Ranks, DoNotChangeABitOfOneLadderWithRareSwaps) {
  GaussianRun job = adaptive_run();
  job.options.ladders = 1;
  job.options.swap_every = 3;
  job.ladder = Ladder::geometric(3, 0.2, PriorEnd::absent);
  MemorySink sink;
  EXPECT_EQ(job.run(Mpi::world(), sink), Outcome::finished);
  expect_same_as_serial(job, sink);
}

TEST(Ranks, DoNotChangeABitOfASingleReplica) {
  GaussianRun job = adaptive_run();
  job.options.ladders = 1;
  job.ladder = Ladder();
  MemorySink sink;
  EXPECT_EQ(job.run(Mpi::world(), sink), Outcome::finished);
  expect_same_as_serial(job, sink);
}

TEST(Ranks, DoNotChangeABitWhenTheNumberOfRungsIsChosen) {
  GaussianRun job = adaptive_run();
  job.dimensions = 40;
  job.precision = 200;
  job.options.warmup = 300;
  job.options.adaptation = Adaptation::rungs;
  job.options.rung_capacity = 20;
  MemorySink sink;
  EXPECT_EQ(job.run(Mpi::world(), sink), Outcome::finished);
  if (Mpi::world().is_root()) {
    EXPECT_GT(sink.snapshots.back().replicas.size(), 10U) << "the ladder should have grown";
  }
  expect_same_as_serial(job, sink);
}

// A run that stops on P ranks and goes on with Q: every pair of counts this job can form.
TEST(Ranks, MayChangeAtAResumption) {
  GaussianRun job = adaptive_run();
  MemorySink serial;
  job.run({}, serial);
  const Communicator world = Mpi::world();
  volatile std::sig_atomic_t stop = 0;
  job.options.stop = &stop;
  for (const int before : {1, 2, 3, 4, 8})
    for (const int after : {1, 2, 3, 4, 8}) {
      if (before > world.size() || after > world.size()) continue;
      const Communicator first = world.split(world.rank() < before ? 0 : 1, world.rank());
      const Communicator second = world.split(world.rank() < after ? 0 : 1, world.rank());
      const std::int64_t last = 7 * before + 5 * after;  // in warm-up or in production
      job.options.progress = [&](const Progress& line) { stop = line.sweep == last ? 1 : 0; };
      MemorySink sink;
      if (world.rank() < before) {
        EXPECT_EQ(job.run(first, sink), Outcome::stopped);
      }
      if (world.rank() < after) {
        EXPECT_EQ(job.resume(second, sink), Outcome::finished);
      }
      if (world.is_root()) {
        EXPECT_EQ(sink.hash(), serial.hash()) << "from " << before << " to " << after << " ranks";
      }
    }
}

TEST(Ranks, StopTogetherWhenOneOfThemIsTold) {
  GaussianRun job = adaptive_run();
  const Communicator world = Mpi::world();
  volatile std::sig_atomic_t stop = world.rank() == world.size() - 1 ? 1 : 0;
  job.options.stop = &stop;
  MemorySink sink;
  EXPECT_EQ(job.run(world, sink), Outcome::stopped);
  if (world.is_root()) {
    EXPECT_EQ(sink.snapshots.back().sweep, 1);
  }
}

TEST(Ranks, GoByTheClockOfTheRoot) {
  GaussianRun job = adaptive_run();
  double seconds = 0;
  const double tick = Mpi::world().is_root() ? 0.001 : 1000;
  job.options.clock = [&] { return seconds += tick; };
  job.options.commit_seconds = 40;
  job.options.max_seconds = 500;
  MemorySink sink;
  EXPECT_EQ(job.run(Mpi::world(), sink), Outcome::finished);
  if (Mpi::world().is_root()) {
    EXPECT_EQ(sink.commits, 1);
  }
}

TEST(Ranks, LeaveTogetherWhenNothingCanBeWritten) {
  GaussianRun job = adaptive_run();
  job.options.sweeps = 100000;
  double seconds = 0;
  job.options.clock = [&] { return seconds += 1; };
  job.options.commit_seconds = 30;
  MemorySink sink;
  sink.refuse = [](int) { return true; };
  try {
    job.run(Mpi::world(), sink);
    FAIL() << "should have given up";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::io);
  }
}

struct PoisonedTarget : GaussianTarget {
  PoisonedTarget() : GaussianTarget(3, 20, Kernel::metropolis) {}
  void explore(State& state, Rung rung, Turn turn) const {
    GaussianTarget::explore(state, rung, turn);
    if (turn.replica == 3 && turn.sweep == 30) state.x[1] = std::nan("");
  }
};

TEST(Ranks, NameTheReplicaWhoseLossIsNotFinite) {
  MemorySink sink;
  Driver<PoisonedTarget, MemorySink> driver(
      Mpi::world(), adaptive_run().options, [](const Communicator&) { return PoisonedTarget(); },
      &sink);
  try {
    driver.run(Ladder::geometric(5, 0.1, PriorEnd::included));
    FAIL() << "should have noticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::internal);
    EXPECT_NE(std::string(error.what()).find("training loss of replica 3"), std::string::npos);
  }
  EXPECT_EQ(driver.ledger().sweep, 30);
}

TEST(Ranks, AreTimedEachAtEveryCommit) {
  MemorySink sink;
  adaptive_run().run(Mpi::world(), sink);
  if (!Mpi::world().is_root()) return;
  const auto& rows = sink.rows(tables::timing);
  ASSERT_EQ(std::ssize(rows), Mpi::world().size());
  for (const auto& row : rows) {
    EXPECT_GT(row.front().get_scalar<double>("wall"), 0);
    EXPECT_GE(row.front().get_scalar<double>("waiting"), 0);
    EXPECT_LE(row.front().get_scalar<double>("waiting"), row.front().get_scalar<double>("wall"));
  }
}

}  // namespace
}  // namespace echelon
