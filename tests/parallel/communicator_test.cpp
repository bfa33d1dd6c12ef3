#include "echelon/parallel/communicator.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "echelon/parallel/shared_buffer.hpp"
#include "echelon/parallel/tree_sum.hpp"

namespace echelon {
namespace {

TEST(Communicator, ReducesIntegers) {
  const Communicator world = Mpi::world();
  EXPECT_EQ(world.all_max(world.rank()), world.size() - 1);
  EXPECT_EQ(world.all_sum(1), world.size());
}

TEST(LeafSum, HasTheBitsOfTheSerialTree) {
  const Communicator world = Mpi::world();
  std::vector<double> leaves(117);
  for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i] = 1.0 / static_cast<double>(i + 3);
  const Range mine = block(117, world.size(), world.rank());
  double total = 0;
  all_leaf_sum(world, mine,
               std::span(leaves).subspan(static_cast<std::size_t>(mine.begin),
                                         static_cast<std::size_t>(mine.size())),
               117, std::span(&total, 1));
  EXPECT_EQ(total, tree_sum(leaves));
}

TEST(SharedBuffer, TheLeadersBytesReachEveryRank) {
  const Communicator node = Mpi::world().node();
  const SharedBuffer buffer(node, 1000);
  const auto values = buffer.as<double>(0, 100);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(values.data()) % 64, 0U);
  if (buffer.leader())
    for (double& value : values) value = 2.5;
  buffer.fence();
  EXPECT_EQ(values[99], 2.5);
}

}  // namespace
}  // namespace echelon
