#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>

#include "support/gaussian_run.hpp"

// Stopping, dying, failing to write and going on: none of it may change a bit.
namespace echelon {
namespace {

// 60 sweeps, 24 of them warm-up that moves betas and steps; nothing divides anything.
GaussianRun sixty_sweeps() {
  GaussianRun job;
  job.options.seed = 7;
  job.options.ladders = 2;
  job.options.warmup = 24;
  job.options.rounds = 3;
  job.options.sweeps = 36;
  job.options.thin = 5;
  job.options.thin_weights = 10;
  job.options.swap_every = 2;
  job.options.warmup_draws = WarmupDraws::all;
  job.options.adaptation = Adaptation::betas;
  return job;
}

std::uint64_t uninterrupted(const GaussianRun& job) {
  MemorySink sink;
  EXPECT_EQ(job.run({}, sink), Outcome::finished);
  return sink.hash();
}

void expect_same_when_stopped_at_any_sweep(GaussianRun job) {
  const std::uint64_t expected = uninterrupted(job);
  for (int last = 1; last < 60; ++last) {
    volatile std::sig_atomic_t stop = last == 1 ? 1 : 0;
    job.options.stop = &stop;
    job.options.progress = [&](const Progress& line) { stop = line.sweep == last - 1 ? 1 : 0; };
    MemorySink sink;
    ASSERT_EQ(job.run({}, sink), Outcome::stopped);
    ASSERT_EQ(sink.snapshots.back().sweep, last);
    stop = 0;
    ASSERT_EQ(job.resume({}, sink), Outcome::finished);
    ASSERT_EQ(sink.hash(), expected) << "stopped after sweep " << last;
  }
}

TEST(Resume, StoppedAtAnySweepEqualsNotStopping) {
  expect_same_when_stopped_at_any_sweep(sixty_sweeps());
}

TEST(Resume, StoppedAtAnySweepEqualsNotStoppingWhileRungsComeAndGo) {
  GaussianRun job = sixty_sweeps();
  job.dimensions = 30;
  job.options.swap_every = 1;
  job.options.adaptation = Adaptation::rungs;
  job.options.rung_capacity = 12;
  expect_same_when_stopped_at_any_sweep(job);
  MemorySink sink;
  job.run({}, sink);
  EXPECT_NE(sink.snapshots.back().replicas.size(), 2 * 5U);
}

TEST(Resume, StoppedAtEverySweepEqualsNotStopping) {
  GaussianRun job = sixty_sweeps();
  const std::uint64_t expected = uninterrupted(job);
  volatile std::sig_atomic_t stop = 1;
  job.options.stop = &stop;
  MemorySink sink;
  Outcome outcome = job.run({}, sink);
  int parts = 1;
  for (; outcome == Outcome::stopped; ++parts) outcome = job.resume({}, sink);
  EXPECT_EQ(outcome, Outcome::finished);
  EXPECT_EQ(parts, 60);
  EXPECT_EQ(sink.hash(), expected);
}

// A clock that gains a second per look makes commits due every few sweeps; the exception stands for
// kill -9.
TEST(Resume, KilledAtAnySweepGoesOnFromTheLastCommit) {
  GaussianRun job = sixty_sweeps();
  const std::uint64_t expected = uninterrupted(job);
  for (int last = 1; last < 60; last += 3) {
    double seconds = 0;
    job.options.clock = [&] { return seconds += 1; };
    job.options.commit_seconds = 40;
    job.options.progress = [&](const Progress& line) {
      if (line.sweep == last) throw std::runtime_error("killed");
    };
    MemorySink sink;
    EXPECT_THROW(job.run({}, sink), std::runtime_error);
    job.options.progress = nullptr;
    if (sink.snapshots.empty()) continue;
    EXPECT_LE(last - sink.snapshots.back().sweep, 20);
    ASSERT_EQ(job.resume({}, sink), Outcome::finished);
    ASSERT_EQ(sink.hash(), expected) << "killed after sweep " << last;
  }
}

TEST(Resume, RoundTripsGoOn) {
  GaussianRun job;
  job.precision = 0;  // every swap is accepted: one round trip per replica in 2 x 5 sweeps
  job.options.sweeps = 200;
  volatile std::sig_atomic_t stop = 0;
  job.options.stop = &stop;
  job.options.progress = [&](const Progress& line) { stop = line.sweep == 99 ? 1 : 0; };
  MemorySink sink;
  ASSERT_EQ(job.run({}, sink), Outcome::stopped);
  ASSERT_EQ(job.resume({}, sink), Outcome::finished);
  // Replicas reach rung 0 after 0, 7, 1, 5, 3, ... exchanges; see the belt in assignment_test.cpp.
  EXPECT_EQ(sink.column<std::int64_t>(tables::rounds, "round_trips").back(), 20 + 4 * 19);
}

TEST(Resume, ACompleteRunIsLeftAlone) {
  GaussianRun job = sixty_sweeps();
  MemorySink sink;
  job.run({}, sink);
  const std::uint64_t before = sink.hash();
  EXPECT_EQ(job.resume({}, sink), Outcome::finished);
  EXPECT_EQ(sink.hash(), before);
  EXPECT_EQ(sink.commits, 1);
}

TEST(Resume, MoreSweepsChangeNothingBeforeThem) {
  GaussianRun job = sixty_sweeps();
  MemorySink full;
  job.run({}, full);
  job.options.sweeps = 19;
  MemorySink extended;
  job.run({}, extended);
  job.options.sweeps = 36;
  ASSERT_EQ(job.resume({}, extended), Outcome::finished);
  for (const auto table :
       {tables::trace, tables::index_process, tables::sample_stats, tables::posterior,
        tables::warmup_sample_stats, tables::warmup_posterior})
    EXPECT_EQ(extended.hash(table), full.hash(table)) << table;
  EXPECT_TRUE(extended.snapshots.back() == full.snapshots.back());
  // The end of the shorter run left one row more among the rounds.
  EXPECT_EQ(extended.rows(tables::rounds).size(), full.rows(tables::rounds).size() + 1);
  EXPECT_TRUE(extended.rows(tables::rounds).back() == full.rows(tables::rounds).back());
}

TEST(Resume, RefusesASnapshotOfAnotherShape) {
  GaussianRun job = sixty_sweeps();
  MemorySink sink;
  job.run({}, sink);
  job.options.ladders = 3;
  EXPECT_THROW(job.resume({}, sink), Error);
  job = sixty_sweeps();
  sink.snapshots.back().replicas.pop_back();
  EXPECT_THROW(job.resume({}, sink), Error);
}

TEST(Commit, ComesAfterSoManySweepsWhereAskedFor) {
  GaussianRun job = sixty_sweeps();
  job.options.commit_sweeps = 25;
  MemorySink sink;
  EXPECT_EQ(job.run({}, sink), Outcome::finished);
  std::vector<std::int64_t> sweeps;
  for (const auto& snapshot : sink.snapshots) sweeps.push_back(snapshot.sweep);
  EXPECT_EQ(sweeps, (std::vector<std::int64_t>{25, 50, 60}));
}

TEST(Commit, AFailureIsRetriedAndLosesNothing) {
  GaussianRun job = sixty_sweeps();
  const std::uint64_t expected = uninterrupted(job);
  double seconds = 0;
  job.options.clock = [&] { return seconds += 1; };
  job.options.commit_seconds = 60;
  MemorySink sink;
  sink.refuse = [](int attempt) { return attempt <= 3; };
  EXPECT_EQ(job.run({}, sink), Outcome::finished);
  EXPECT_GT(sink.snapshots.size(), 1U);
  EXPECT_EQ(sink.hash(), expected);
}

TEST(Commit, EndsTheRunAfterThreeIntervalsUnsaved) {
  GaussianRun job = sixty_sweeps();
  double seconds = 0;
  job.options.clock = [&] { return seconds += 1; };
  job.options.commit_seconds = 40;
  job.options.sweeps = 100000;
  MemorySink sink;
  sink.refuse = [](int attempt) { return attempt > 2; };
  try {
    job.run({}, sink);
    FAIL() << "should have given up";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::io);
  }
  EXPECT_EQ(sink.snapshots.size(), 2U);
  EXPECT_LT(seconds, 40 * 2 + 4 * 40 + 60);
}

TEST(Commit, ThatFailsAtTheEndIsAnError) {
  GaussianRun job = sixty_sweeps();
  MemorySink sink;
  sink.refuse = [](int) { return true; };
  EXPECT_THROW(job.run({}, sink), Error);
}

TEST(Time, RunsOutWithEverythingCommitted) {
  for (const double limit : {30.0, 100.0, 333.0, 777.0}) {
    GaussianRun job = sixty_sweeps();
    job.options.sweeps = 100000;
    double seconds = 0;
    job.options.clock = [&] { return seconds += 0.25; };
    job.options.max_seconds = limit;
    MemorySink sink;
    EXPECT_EQ(job.run({}, sink), Outcome::stopped);
    EXPECT_LT(seconds, limit);
    EXPECT_GT(seconds, limit - 10);
    EXPECT_EQ(sink.rows(tables::trace).size(),
              static_cast<std::size_t>(sink.snapshots.back().sweep) + 1);
  }
}

TEST(Satisfied, FinishesEarlyAtTheSameSweepWhateverTheClock) {
  GaussianRun job = sixty_sweeps();
  job.options.satisfied = [](std::int64_t sweep) { return sweep == 17; };
  MemorySink sink;
  EXPECT_EQ(job.run({}, sink), Outcome::satisfied);
  EXPECT_EQ(sink.snapshots.back().sweep, 24 + 18);
}

}  // namespace
}  // namespace echelon
