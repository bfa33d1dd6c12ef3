#include <gtest/gtest.h>

#include <csignal>

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

}  // namespace
}  // namespace echelon
