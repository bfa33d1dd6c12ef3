#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/parallel/tree_sum.hpp"

namespace echelon {
namespace {

constexpr int leaves = 117;
constexpr int quantities = 3;

double leaf(int index, int quantity) { return 1.0 / (3 * index + quantity + 1); }

std::vector<double> expected() {
  std::vector<double> totals;
  for (int quantity = 0; quantity < quantities; ++quantity) {
    std::vector<double> column;
    for (int index = 0; index < leaves; ++index) column.push_back(leaf(index, quantity));
    totals.push_back(tree_sum(column));
  }
  return totals;
}

void fill(int index, std::span<double> row) {
  for (int quantity = 0; quantity < quantities; ++quantity)
    row[static_cast<std::size_t>(quantity)] = leaf(index, quantity);
}

TEST(LeafSum, HasTheSameBitsForEveryContiguousPartition) {
  const Communicator world = Mpi::world();
  const int size = world.size();
  for (int trial = 0; trial < 50; ++trial) {
    // Cuts that every rank computes alike; repeated cuts leave some rank without a leaf.
    std::vector<int> cuts{0, leaves};
    for (int cut = 1; cut < size; ++cut)
      cuts.push_back(trial == 0 ? leaves : (cut * 7919 + trial * 104729) % (leaves + 1));
    std::sort(cuts.begin(), cuts.end());
    const auto rank = static_cast<std::size_t>(world.rank());
    const Range mine{cuts[rank], cuts[rank + 1]};
    std::vector<double> totals(quantities);
    LeafSum sum(world, mine, leaves);
    sum(fill, totals);
    EXPECT_EQ(totals, expected());
    std::fill(totals.begin(), totals.end(), 0.0);
    sum(fill, totals);
    EXPECT_EQ(totals, expected()) << "second use";
  }
}

TEST(LeafSum, NoLeavesSumToZero) {
  double total = 1;
  LeafSum(Mpi::world(), {0, 0}, 0)(fill, std::span(&total, 1));
  EXPECT_EQ(total, 0);
}

TEST(LeafSum, RefusesGapsAndOverlaps) {
  const Communicator world = Mpi::world();
  const Range mine = block(leaves, world.size(), world.rank());
  EXPECT_THROW(LeafSum(world, mine, leaves + 1), Error);
  EXPECT_THROW(LeafSum(world, {mine.begin + 1, mine.end + 1}, leaves), Error);
}

}  // namespace
}  // namespace echelon
