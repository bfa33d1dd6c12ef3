#include "echelon/tempering/round_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

const double nan = std::nan("");

Attempt attempt(int lower, double up, double down, double acceptance, bool accepted) {
  return {0, lower, up, down, acceptance, accepted};
}

TEST(RoundSums, AverageAcceptanceProbabilitiesNotOutcomes) {
  RoundSums sums(3, 0);
  sums.add_attempts(std::vector{attempt(0, 0, 0, 0.25, true), attempt(0, 0, 0, 0.75, true)});
  EXPECT_EQ(sums.rejections()[0], 0.5);
  EXPECT_TRUE(std::isnan(sums.rejections()[1]));
}

TEST(RoundSums, StepBothWaysBetweenNormalisers) {
  RoundSums sums(2, 0);
  sums.add_attempts(std::vector{attempt(0, std::log(2), std::log(0.25), 1, true),
                                attempt(0, std::log(4), std::log(0.75), 1, true)});
  EXPECT_NEAR(sums.log_normalisers_up()[0], std::log(3), 1e-15);
  EXPECT_NEAR(sums.log_normalisers_down()[0], -std::log(0.5), 1e-15);
}

TEST(RoundSums, CountRatiosThatAreNotNumbersAsNoWeight) {
  RoundSums sums(2, 0);
  sums.add_attempts(std::vector{attempt(0, std::log(2), 0, 1, true), attempt(0, nan, 0, 0, false)});
  EXPECT_EQ(sums.undecided()[0], 1);
  EXPECT_EQ(sums.rejections()[0], 0.5);
  EXPECT_NEAR(sums.log_normalisers_up()[0], 0, 1e-15);
}

TEST(RoundSums, AverageByTheRungThatReplicasStandOn) {
  Assignment assignment(2, 2);
  assignment.exchange(0, 0);
  Census census;
  census.energies = {1, 2, 30, 40};
  census.reports = {0.1, nan, 0.2, 5, 0.3, nan, 0.4, nan};
  RoundSums sums(2, 2);
  sums.add_draws(assignment, census);
  EXPECT_EQ(sums.mean_energies(), (std::vector<double>{(2.0 + 30) / 2, (1.0 + 40) / 2}));
  EXPECT_EQ(sums.mean_reports()[0], (0.2 + 0.3) / 2);
  EXPECT_EQ(sums.mean_reports()[1], 5);
  EXPECT_EQ(sums.mean_reports()[2], (0.1 + 0.4) / 2);
  EXPECT_TRUE(std::isnan(sums.mean_reports()[3]));
}

TEST(RoundSums, ComeBackFromAnArchive) {
  RoundSums sums(3, 1);
  sums.add_attempts(std::vector{attempt(1, 0.3, -0.2, 0.25, true)});
  EXPECT_EQ(RoundSums::unpack(sums.pack()), sums);
  Archive damaged = sums.pack();
  damaged.put("attempts", std::vector<std::int64_t>{1});
  EXPECT_THROW(RoundSums::unpack(damaged), Error);
}

}  // namespace
}  // namespace echelon
