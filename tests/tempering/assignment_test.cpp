#include "echelon/tempering/assignment.hpp"

#include <gtest/gtest.h>

#include "echelon/core/error.hpp"
#include "echelon/tempering/swap.hpp"

namespace echelon {
namespace {

TEST(Assignment, StartsWithReplicasAtTheRungsTheyAreNamedAfter) {
  const Assignment assignment(2, 3);
  EXPECT_EQ(assignment.replica_at(1, 2), 5);
  EXPECT_EQ(assignment.rung_of(5), 2);
  EXPECT_EQ(assignment.ladder_of(5), 1);
}

TEST(Assignment, BothDirectionsAgreeAfterManyExchanges) {
  Assignment assignment(2, 4);
  for (int i = 0; i < 100; ++i) {
    assignment.exchange(i % 2, (i * i + i / 3) % 3);
    for (int ladder = 0; ladder < 2; ++ladder)
      for (int rung = 0; rung < 4; ++rung) {
        const int replica = assignment.replica_at(ladder, rung);
        EXPECT_EQ(assignment.rung_of(replica), rung);
        EXPECT_EQ(assignment.ladder_of(replica), ladder);
      }
  }
  EXPECT_EQ(Assignment::from_replicas(2, 4, assignment.replica_at()), assignment);
}

TEST(Assignment, RefusesWhatIsNoBijection) {
  const auto read = [](std::vector<std::int64_t> replicas) {
    return Assignment::from_replicas(2, 2, replicas);
  };
  EXPECT_NO_THROW(read({1, 0, 2, 3}));
  EXPECT_THROW(read({1, 1, 2, 3}), Error);
  EXPECT_THROW(read({1, 2, 0, 3}), Error);
  EXPECT_THROW(read({-1, 0, 2, 3}), Error);
  EXPECT_THROW(read({0, 1, 2, 4}), Error);
  EXPECT_THROW(read({0, 1, 2}), Error);
}

TEST(RoundTrips, NeedTheFarEndInBetween) {
  Assignment assignment(1, 3);
  RoundTrips trips(3);
  for (int i = 0; i < 10; ++i) {
    trips.visit(assignment);
    assignment.exchange(0, 0);  // rungs 0 and 1 only
  }
  EXPECT_EQ(trips.counts(), std::vector<std::int64_t>(3, 0));
}

TEST(RoundTrips, DoNotExistOnOneRung) {
  RoundTrips trips(2);
  for (int i = 0; i < 10; ++i) trips.visit(Assignment(2, 1));
  EXPECT_EQ(trips.counts(), std::vector<std::int64_t>(2, 0));
}

}  // namespace
}  // namespace echelon
