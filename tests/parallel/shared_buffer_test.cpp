#include "echelon/parallel/shared_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace echelon {
namespace {

TEST(SharedBuffer, TheLeadersBytesReachEveryRank) {
  const Communicator node = Mpi::world().node();
  for (const std::size_t count : {std::size_t{1}, std::size_t{100}, std::size_t{1000003}}) {
    const SharedBuffer buffer(node, count * sizeof(double));
    const auto values = buffer.as<double>(0, count);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(values.data()) % 64, 0U);
    EXPECT_EQ(values.back(), 0) << "zero at first";
    buffer.fence();
    if (buffer.leader()) std::fill(values.begin(), values.end(), 2.5);
    buffer.fence();
    EXPECT_EQ(std::count(values.begin(), values.end(), 2.5), static_cast<std::ptrdiff_t>(count));
  }
}

TEST(SharedBuffer, CopiesShareTheMemoryAndOutliveTheOriginal) {
  const Communicator node = Mpi::world().node();
  std::optional<SharedBuffer> original(std::in_place, node, 64);
  const SharedBuffer copy = *original;
  if (copy.leader()) original->bytes()[63] = std::byte{9};
  copy.fence();
  original.reset();
  EXPECT_EQ(copy.bytes()[63], std::byte{9});
}

TEST(SharedBuffer, MayBeEmpty) {
  const SharedBuffer buffer(Mpi::world().node(), 0);
  buffer.fence();
  EXPECT_TRUE(buffer.bytes().empty());
  EXPECT_TRUE(SharedBuffer().bytes().empty());
}

}  // namespace
}  // namespace echelon
