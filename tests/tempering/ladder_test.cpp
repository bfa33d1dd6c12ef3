#include "echelon/tempering/ladder.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

TEST(Ladder, OfOneRungIsTheTarget) {
  EXPECT_EQ(Ladder().betas(), std::vector<double>{1.0});
  EXPECT_EQ(Ladder::geometric(1, 0.5, PriorEnd::included), Ladder());
}

TEST(Ladder, GeometricStepsRunFromMinBetaToOne) {
  const Ladder with = Ladder::geometric(4, 0.01, PriorEnd::included);
  ASSERT_EQ(with.rungs(), 4);
  EXPECT_EQ(with.rung(0).beta, 0);
  EXPECT_NEAR(with.rung(1).beta, 0.01, 1e-17);
  EXPECT_NEAR(with.rung(2).beta, 0.1, 1e-16);
  EXPECT_EQ(with.rung(3).beta, 1);
  const Ladder without = Ladder::geometric(3, 0.01, PriorEnd::absent);
  EXPECT_NEAR(without.rung(0).beta, 0.01, 1e-17);
  EXPECT_EQ(Ladder::geometric(2, 0.01, PriorEnd::included).betas(), (std::vector<double>{0, 1}));
}

TEST(Ladder, OfATableHasOrderOnly) {
  const Ladder table = Ladder::opaque(4, PriorEnd::absent);
  EXPECT_FALSE(table.adaptable());
  EXPECT_GT(table.rung(0).beta, 0);
  EXPECT_EQ(table.rung(3).beta, 1);
  EXPECT_EQ(Ladder::opaque(4, PriorEnd::included).rung(0).beta, 0);
  EXPECT_EQ(Ladder::opaque(1, PriorEnd::included).rung(0).beta, 1);
}

TEST(Ladder, RefusesBetasOutOfOrderOrRange) {
  EXPECT_THROW(Ladder::from_betas({}), Error);
  EXPECT_THROW(Ladder::from_betas({0, 0.5}), Error);
  EXPECT_THROW(Ladder::from_betas({0, 0.5, 0.5, 1}), Error);
  EXPECT_THROW(Ladder::from_betas({-0.1, 1}), Error);
  EXPECT_THROW(Ladder::from_betas({0, std::nan(""), 1}), Error);
  EXPECT_THROW(Ladder::geometric(3, 0, PriorEnd::included), Error);
  EXPECT_THROW(Ladder::geometric(0, 0.5, PriorEnd::absent), Error);
}

}  // namespace
}  // namespace echelon
