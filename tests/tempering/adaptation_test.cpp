#include "echelon/tempering/adaptation.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

TEST(RoundEnds, DoubleAndCoverTheWarmUp) {
  EXPECT_EQ(round_ends(70, 3), (std::vector<std::int64_t>{10, 30, 70}));
  EXPECT_EQ(round_ends(75, 3), (std::vector<std::int64_t>{10, 30, 75}));
  EXPECT_EQ(round_ends(10, 1), (std::vector<std::int64_t>{10}));
  EXPECT_EQ(round_ends(0, 0), (std::vector<std::int64_t>{}));
  EXPECT_THROW(round_ends(6, 3), Error);
}

TEST(RoundEnds, LeaveTheFirstRoundAtLeastSixteenSweeps) {
  for (const std::int64_t warmup : {1, 16, 47, 48, 111, 112, 5000}) {
    const auto ends = round_ends(warmup, 0);
    EXPECT_EQ(ends.back(), warmup);
    if (warmup >= 48) {
      EXPECT_GE(ends.front(), 16);
      EXPECT_LT(ends.front(), 64);
    } else {
      EXPECT_EQ(ends.size(), 1U);
    }
  }
}

TEST(Adapted, MovesRungsToWhereSwapsAreRejected) {
  const Ladder ladder = Ladder::from_betas({0, 0.5, 1});
  const Ladder next = adapted(ladder, std::vector<double>{0.6, 0.2}, Adaptation::betas, 3);
  EXPECT_EQ(next.rungs(), 3);
  EXPECT_LT(next.rung(1).beta, 0.5);
  EXPECT_EQ(next.rung(0).beta, 0);
  EXPECT_EQ(next.rung(2).beta, 1);
}

TEST(Adapted, ChangesTheNumberOfRungsOnlyWhenAskedTo) {
  const Ladder ladder = Ladder::from_betas({0, 0.5, 1});
  const std::vector<double> rejections{0.9, 0.9};
  EXPECT_EQ(adapted(ladder, rejections, Adaptation::betas, 9).rungs(), 3);
  EXPECT_EQ(adapted(ladder, rejections, Adaptation::rungs, 9).rungs(), 5);
  EXPECT_EQ(adapted(ladder, rejections, Adaptation::rungs, 3).rungs(), 3);
  EXPECT_EQ(adapted(ladder, rejections, Adaptation::none, 9), ladder);
  EXPECT_EQ(adapted(ladder, std::vector<double>{0.55, 0.55}, Adaptation::rungs, 9).rungs(), 4);
  EXPECT_EQ(adapted(ladder, std::vector<double>{0.2, 0.2}, Adaptation::rungs, 9).rungs(), 3);
  EXPECT_EQ(adapted(ladder, std::vector<double>{0.1, 0}, Adaptation::rungs, 9).rungs(), 3);
  const Ladder ends = Ladder::from_betas({0, 1});
  EXPECT_EQ(adapted(ends, std::vector<double>{1}, Adaptation::rungs, 9).rungs(), 3);
  const Ladder long_one = Ladder::geometric(6, 0.1, PriorEnd::included);
  EXPECT_EQ(adapted(long_one, std::vector<double>(5, 0.1), Adaptation::rungs, 9).rungs(), 2);
}

TEST(Adapted, LeavesAloneWhatItCannotJudge) {
  const Ladder ladder = Ladder::from_betas({0, 0.3, 1});
  EXPECT_EQ(adapted(ladder, std::vector<double>{0.5, std::nan("")}, Adaptation::rungs, 9), ladder);
  const Ladder table = Ladder::opaque(3, PriorEnd::absent);
  EXPECT_EQ(adapted(table, std::vector<double>{0.9, 0.1}, Adaptation::betas, 9), table);
  EXPECT_EQ(adapted(Ladder(), {}, Adaptation::betas, 1), Ladder());
}

TEST(NearestRungs, KeepEndsAtEnds) {
  const Ladder from = Ladder::from_betas({0, 0.1, 1});
  const Ladder to = Ladder::from_betas({0, 0.04, 0.06, 0.5, 0.6, 1});
  EXPECT_EQ(nearest_rungs(from, to), (std::vector<int>{0, 0, 1, 1, 2, 2}));
}

TEST(Inherited, CopiesTheRowsOfTheRungsTakenOver) {
  Archive tuning;
  tuning.put("step", std::vector<double>{1, 2, 3, 4, 5, 6});
  tuning.put("empty", std::vector<double>{});
  const Archive next = inherited(tuning, 3, std::vector<int>{0, 0, 2, 2});
  EXPECT_EQ(next.get<double>("step"), (std::vector<double>{1, 2, 1, 2, 5, 6, 5, 6}));
  EXPECT_TRUE(next.get<double>("empty").empty());
  EXPECT_THROW(inherited(tuning, 4, std::vector<int>{0, 1}), Error);
}

}  // namespace
}  // namespace echelon
