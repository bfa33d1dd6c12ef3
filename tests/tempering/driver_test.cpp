#include "echelon/tempering/driver.hpp"

#include <gtest/gtest.h>

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
  EXPECT_EQ(sink.snapshots.size(), 1U);
  EXPECT_EQ(sink.snapshots.back().sweep, 92);
  EXPECT_EQ(sink.snapshots.back().replicas.size(), 10U);
}

}  // namespace
}  // namespace echelon
