#include "echelon/tempering/watch.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace echelon {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

TEST(Watch, AsksForACommitEveryInterval) {
  Watch watch(100, never);
  EXPECT_EQ(watch.signals(99), Signal::none);
  EXPECT_EQ(watch.signals(100), Signal::commit);
  watch.committed(105, 107, true);
  EXPECT_EQ(watch.signals(204), Signal::none);
  EXPECT_EQ(watch.signals(205), Signal::commit);  // what was done since 105 is not yet saved
  EXPECT_EQ(watch.committing(), 2);
}

TEST(Watch, LeavesAtLeastHalfOfTheTimeForSampling) {
  Watch watch(100, never);
  watch.committed(100, 250, true);
  EXPECT_EQ(watch.signals(399), Signal::none);
  EXPECT_EQ(watch.signals(400), Signal::commit);
}

TEST(Watch, TriesAFailedCommitAgainAfterPausesThatDouble) {
  Watch watch(160, never);
  double now = 160;
  for (const double pause : {10.0, 20.0, 40.0, 80.0, 160.0, 160.0}) {
    watch.committed(now, now, false);
    EXPECT_EQ(watch.signals(now + pause - 1), Signal::none);
    EXPECT_EQ(watch.signals(now + pause), Signal::commit);
    now += pause;
  }
}

TEST(Watch, GivesUpAfterThreeIntervalsWithoutASuccess) {
  Watch watch(100, never);
  watch.committed(100, 100, false);
  EXPECT_FALSE(watch.given_up(300));
  EXPECT_TRUE(watch.given_up(301));
  watch.committed(290, 292, true);
  EXPECT_FALSE(watch.given_up(1000));
  watch.committed(391, 391, false);
  EXPECT_FALSE(watch.given_up(589));
  EXPECT_TRUE(watch.given_up(591));
}

TEST(Watch, LeavesTimeForOneMoreSweepAndTheCommit) {
  Watch watch(1000, 500);
  watch.start(100);
  watch.sweep_ended(120);
  watch.sweep_ended(130);
  watch.committed(130, 140, true);
  EXPECT_EQ(watch.signals(500 - 1.5 * (20 + 10) - 1), Signal::none);
  EXPECT_EQ(watch.signals(500 - 1.5 * (20 + 10)), Signal::stop);
}

}  // namespace
}  // namespace echelon
