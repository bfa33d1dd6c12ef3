#include <gtest/gtest.h>

#include "echelon/parallel/partition.hpp"

namespace echelon {
namespace {

TEST(Placement, TeamsAreTheRanksOfTheirReplica) {
  const Communicator world = Mpi::world();
  for (int replicas = 1; replicas <= 9; ++replicas) {
    const Placement placement(world, replicas);
    const Range mine = placement.replicas();
    EXPECT_EQ(mine, replicas_on(world.size(), replicas, world.rank()));
    const Range team = ranks_of(world.size(), replicas, mine.begin);
    EXPECT_EQ(placement.team().size(), team.size());
    EXPECT_EQ(placement.team().rank(), world.rank() - team.begin);
    EXPECT_EQ(placement.owner(mine.begin) == world.rank(), placement.team().is_root());
    std::int64_t covered = 0;
    for (int replica = mine.begin; replica < mine.end; ++replica)
      if (placement.owner(replica) == world.rank()) ++covered;
    EXPECT_EQ(world.all_sum(covered), replicas);
  }
}

}  // namespace
}  // namespace echelon
