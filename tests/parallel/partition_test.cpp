#include "echelon/parallel/partition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

TEST(Partition, BlocksCoverEverythingOnceAndDifferByAtMostOne) {
  for (int items = 0; items < 20; ++items)
    for (int parts = 1; parts < 20; ++parts) {
      int next = 0;
      for (int part = 0; part < parts; ++part) {
        const Range range = block(items, parts, part);
        EXPECT_EQ(range.begin, next);
        EXPECT_TRUE(range.size() == items / parts || range.size() == (items + parts - 1) / parts);
        for (int item = range.begin; item < range.end; ++item)
          EXPECT_EQ(block_of(items, parts, item), part);
        next = range.end;
      }
      EXPECT_EQ(next, items);
    }
}

TEST(Partition, DoesNotOverflow) {
  const int items = 2000000000;
  EXPECT_EQ(block(items, 1000, 999), (Range{1998000000, items}));
  EXPECT_EQ(block_of(items, 1000, items - 1), 999);
}

TEST(Partition, RefusesWhatDoesNotExist) {
  EXPECT_THROW(block(3, 0, 0), Error);
  EXPECT_THROW(block(3, 2, 2), Error);
  EXPECT_THROW(block(-1, 2, 0), Error);
  EXPECT_THROW(block_of(3, 2, 3), Error);
  EXPECT_THROW(ranks_of(2, 3, 3), Error);
  EXPECT_THROW(Placement(Communicator(), 0), Error);
}

void expect_balanced(int ranks, int replicas) {
  SCOPED_TRACE(testing::Message() << replicas << " replicas on " << ranks << " ranks");
  std::vector<int> members(static_cast<std::size_t>(replicas));
  std::vector<int> loads;
  int next = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    const Range mine = replicas_on(ranks, replicas, rank);
    EXPECT_GE(mine.size(), 1) << "rank " << rank << " idles";
    EXPECT_TRUE(ranks <= replicas || mine.size() == 1);
    EXPECT_TRUE(mine.begin == next || (ranks > replicas && mine.begin == next - 1));
    next = mine.end;
    loads.push_back(mine.size());
    for (int replica = mine.begin; replica < mine.end; ++replica) {
      ++members[static_cast<std::size_t>(replica)];
      EXPECT_TRUE(ranks_of(ranks, replicas, replica).contains(rank));
    }
  }
  EXPECT_EQ(next, replicas);
  const auto [low, high] = std::minmax_element(members.begin(), members.end());
  EXPECT_GE(*low, 1);
  EXPECT_LE(*high - *low, 1);
  const auto [least, most] = std::minmax_element(loads.begin(), loads.end());
  EXPECT_LE(*most - *least, 1);
  for (int replica = 0; replica < replicas; ++replica) {
    const Range team = ranks_of(ranks, replicas, replica);
    EXPECT_EQ(team.size(), members[static_cast<std::size_t>(replica)]);
    EXPECT_TRUE(replicas_on(ranks, replicas, team.begin).contains(replica));
  }
}

TEST(Placement, UsesEveryRankInContiguousBalancedBlocks) {
  for (int ranks = 1; ranks <= 9; ++ranks)
    for (int replicas = 1; replicas <= 9; ++replicas) expect_balanced(ranks, replicas);
}

}  // namespace
}  // namespace echelon
