#include <gtest/gtest.h>

#include <vector>

#include "echelon/parallel/partition.hpp"
#include "echelon/parallel/shared_buffer.hpp"
#include "echelon/parallel/tree_sum.hpp"

namespace echelon {
namespace {

TEST(Partition, BlocksCoverEverythingOnce) {
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

}  // namespace
}  // namespace echelon
