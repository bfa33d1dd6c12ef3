// Runs without MPI_Init: any MPI communication call here would end the program.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/parallel/partition.hpp"
#include "echelon/parallel/shared_buffer.hpp"
#include "echelon/parallel/tree_sum.hpp"

namespace echelon {
namespace {

TEST(SerialCommunicator, IsAGroupOfOne) {
  const Communicator serial;
  EXPECT_EQ(serial.rank(), 0);
  EXPECT_EQ(serial.size(), 1);
  EXPECT_TRUE(serial.is_root());
  EXPECT_EQ(serial.split(3, 1).size(), 1);
  EXPECT_EQ(serial.node().size(), 1);
  serial.barrier();
  EXPECT_EQ(serial.all_max(-4), -4);
  EXPECT_EQ(serial.all_sum(9), 9);
  EXPECT_EQ(serial.waited(), 0);
}

TEST(SerialCommunicator, CopiesItsOwnValues) {
  const Communicator serial;
  std::vector<double> mine{1.5, 2.5};
  std::vector<double> all(2);
  serial.broadcast(std::span(mine));
  serial.all_gather(mine, all);
  EXPECT_EQ(all, mine);
  const std::vector<int> counts{2};
  std::fill(all.begin(), all.end(), 0.0);
  serial.all_gather_varying(mine, counts, all);
  EXPECT_EQ(all, mine);
  std::vector<std::byte> bytes{std::byte{1}, std::byte{2}};
  serial.broadcast_bytes(bytes);
  EXPECT_EQ(serial.gather_bytes(bytes), (std::vector<std::vector<std::byte>>{bytes}));
}

TEST(SerialCommunicator, RefusesSizesThatDisagree) {
  const Communicator serial;
  const std::vector<double> mine(2);
  std::vector<double> all(3);
  const std::vector<int> counts{3};
  EXPECT_THROW(serial.all_gather(mine, all), Error);
  EXPECT_THROW(serial.all_gather_varying(mine, counts, all), Error);
  EXPECT_THROW(serial.all_gather_varying(mine, std::vector<int>{1, 1}, all), Error);
  EXPECT_THROW(serial.split(-1, 0), Error);
  EXPECT_THROW(serial.send_bytes({}, 0, 0), Error);
  EXPECT_THROW(serial.receive_bytes(1, 0), Error);
  EXPECT_THROW(Mpi::world(), Error);
}

TEST(SerialPlacement, HoldsEveryReplica) {
  const Placement placement(Communicator(), 5);
  EXPECT_EQ(placement.replicas(), (Range{0, 5}));
  EXPECT_EQ(placement.team().size(), 1);
  EXPECT_EQ(placement.owner(4), 0);
}

TEST(SerialSharedBuffer, IsAlignedZeroedMemory) {
  const SharedBuffer buffer(Communicator(), 1000);
  EXPECT_TRUE(buffer.leader());
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.bytes().data()) % 64, 0U);
  EXPECT_EQ(buffer.bytes().size(), 1000U);
  const auto values = buffer.as<double>(8, 124);
  EXPECT_EQ(std::accumulate(values.begin(), values.end(), 0.0), 0);
  values[123] = 2;
  buffer.fence();
  const SharedBuffer copy = buffer;
  EXPECT_EQ(copy.as<double>(8, 124)[123], 2);
  EXPECT_THROW(buffer.as<double>(8, 125), Error);
  EXPECT_THROW(buffer.as<double>(4, 1), Error);
  EXPECT_THROW(buffer.as<std::byte>(1001, 0), Error);
  EXPECT_EQ(SharedBuffer(Communicator(), 0).bytes().size(), 0U);
}

// The same tree, top down: the left part is the largest power of two below n.
double recursive_sum(std::span<const double> leaves) {
  if (leaves.size() == 1) return leaves[0];
  std::size_t left = 1;
  while (2 * left < leaves.size()) left *= 2;
  return recursive_sum(leaves.first(left)) + recursive_sum(leaves.subspan(left));
}

TEST(TreeSum, HasTheBitsOfItsRecursiveTwin) {
  EXPECT_EQ(tree_sum({}), 0);
  std::vector<double> leaves;
  int differences = 0;
  for (int n = 1; n < 300; ++n) {
    leaves.push_back(1.0 / n);
    EXPECT_EQ(tree_sum(leaves), recursive_sum(leaves));
    if (tree_sum(leaves) != std::accumulate(leaves.begin(), leaves.end(), 0.0)) ++differences;
  }
  EXPECT_GT(differences, 100);  // these numbers do tell one order of summation from another
}

TEST(TreeSum, CountsLeaves) {
  EXPECT_EQ(leaf_count(0), 0);
  EXPECT_EQ(leaf_count(1), 1);
  EXPECT_EQ(leaf_count(512), 1);
  EXPECT_EQ(leaf_count(513), 2);
  EXPECT_EQ(leaf_count(60000), 118);
}

}  // namespace
}  // namespace echelon
