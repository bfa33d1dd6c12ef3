#include "echelon/parallel/communicator.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

std::vector<std::byte> pattern(std::size_t length, int rank) {
  std::vector<std::byte> bytes(length);
  for (std::size_t i = 0; i < length; ++i)
    bytes[i] = static_cast<std::byte>((i * 131 + static_cast<std::size_t>(rank) * 17) % 251);
  return bytes;
}

TEST(Communicator, ReducesIntegers) {
  const Communicator world = Mpi::world();
  EXPECT_EQ(world.all_max(world.rank()), world.size() - 1);
  EXPECT_EQ(world.all_max(-world.rank()), 0);
  const std::int64_t large = std::int64_t{1} << 40;
  EXPECT_EQ(world.all_sum(large + world.rank()),
            large * world.size() + world.size() * (world.size() - 1) / 2);
}

TEST(Communicator, BroadcastsFromAnyRoot) {
  const Communicator world = Mpi::world();
  for (int root = 0; root < world.size(); ++root) {
    std::vector<double> values(3, world.rank());
    world.broadcast(std::span(values), root);
    EXPECT_EQ(values, std::vector<double>(3, root));
    // More than two chunks, and a length that only the root knows.
    const std::size_t length = root + 1 < world.size() ? 5 : (std::size_t{5} << 23) + 3;
    std::vector<std::byte> bytes;
    if (world.rank() == root) bytes = pattern(length, root);
    world.broadcast_bytes(bytes, root);
    EXPECT_TRUE(bytes == pattern(length, root));
  }
}

TEST(Communicator, GathersInRankOrder) {
  const Communicator world = Mpi::world();
  const auto size = static_cast<std::size_t>(world.size());
  const std::vector<double> mine{1.0 * world.rank(), 10.0 * world.rank()};
  std::vector<double> all(2 * size);
  world.all_gather(mine, all);
  for (std::size_t rank = 0; rank < size; ++rank) {
    EXPECT_EQ(all[2 * rank], static_cast<double>(rank));
    EXPECT_EQ(all[2 * rank + 1], 10 * static_cast<double>(rank));
  }
}

TEST(Communicator, GathersAsManyValuesAsEachRankHas) {
  const Communicator world = Mpi::world();
  std::vector<int> counts;
  std::vector<double> expected;
  for (int rank = 0; rank < world.size(); ++rank) {
    counts.push_back(rank % 3);
    for (int i = 0; i < rank % 3; ++i) expected.push_back(rank + 0.25 * i);
  }
  std::vector<double> mine;
  for (int i = 0; i < world.rank() % 3; ++i) mine.push_back(world.rank() + 0.25 * i);
  std::vector<double> all(expected.size());
  world.all_gather_varying(mine, counts, all);
  EXPECT_EQ(all, expected);
}

TEST(Communicator, GathersBlobsOfAnyLength) {
  const Communicator world = Mpi::world();
  const auto length = [](int rank) {
    return rank == 1 ? (std::size_t{5} << 23) + 1 : static_cast<std::size_t>(1000 * (rank % 3));
  };
  const auto all = world.gather_bytes(pattern(length(world.rank()), world.rank()));
  if (!world.is_root()) {
    EXPECT_TRUE(all.empty());
    return;
  }
  ASSERT_EQ(static_cast<int>(all.size()), world.size());
  for (int rank = 0; rank < world.size(); ++rank)
    EXPECT_TRUE(all[static_cast<std::size_t>(rank)] == pattern(length(rank), rank));
}

TEST(Communicator, SendsAlongARing) {
  const Communicator world = Mpi::world();
  if (world.size() == 1) GTEST_SKIP() << "a message needs two ranks";
  const int next = (world.rank() + 1) % world.size();
  const int previous = (world.rank() + world.size() - 1) % world.size();
  std::vector<std::byte> received;
  if (world.is_root()) {
    world.send_bytes(pattern(12345, 0), next, 7);
    received = world.receive_bytes(previous, 7);
  } else {
    received = world.receive_bytes(previous, 7);
    world.send_bytes(received, next, 7);
  }
  EXPECT_TRUE(received == pattern(12345, 0));
  EXPECT_THROW(world.send_bytes({}, world.rank(), 7), Error);
  EXPECT_THROW(world.send_bytes({}, next, 32767), Error);
}

TEST(Communicator, SplitsByColorOrderedByKey) {
  const Communicator world = Mpi::world();
  const int color = world.rank() % 2;
  const Communicator part = world.split(color, -world.rank());
  EXPECT_EQ(part.size(), (world.size() + 1 - color) / 2);
  std::vector<double> ranks(static_cast<std::size_t>(part.size()));
  const double mine = world.rank();
  part.all_gather(std::span(&mine, 1), ranks);
  for (std::size_t i = 1; i < ranks.size(); ++i) EXPECT_EQ(ranks[i], ranks[i - 1] - 2);
}

TEST(Communicator, EverythingHereIsOneNode) {
  const Communicator world = Mpi::world();
  const Communicator node = world.node();
  EXPECT_EQ(node.size(), world.size());
  EXPECT_EQ(node.rank(), world.rank());
}

TEST(Communicator, CountsTheSecondsItWaits) {
  const Communicator world = Mpi::world();
  const Communicator copy = world;
  const double before = world.waited();
  for (int i = 0; i < 100; ++i) copy.barrier();
  EXPECT_GT(world.waited(), before);
  EXPECT_EQ(world.split(0, 0).waited(), 0);
}

}  // namespace
}  // namespace echelon
