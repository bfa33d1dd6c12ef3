#include "echelon/sampler/temperatures.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"
#include "echelon/sampler/moves.hpp"

namespace echelon {
namespace {

TEST(Temperatures, CumulateOverTheDeeperLayersAndDivideByBeta) {
  const Temperatures t(std::vector<double>{0.5, 0.25, 0.125});
  EXPECT_EQ(t.cumulative(0, {0, 1.0}), 0.875);
  EXPECT_EQ(t.cumulative(2, {0, 0.5}), 0.25);
  EXPECT_EQ(t.inverse(2, {0, 0.5}), 4.0);
  EXPECT_EQ(t.theta(1), 0.125 / 0.375);
  EXPECT_EQ(t.theta(2), 1.0);
  EXPECT_FALSE(t.single_scale());
}

TEST(Temperatures, AreInfiniteAtThePriorEnd) {
  const Temperatures t(std::vector<double>{0.5, 0.25});
  EXPECT_EQ(t.cumulative(1, {0, 0.0}), std::numeric_limits<double>::infinity());
  EXPECT_EQ(t.inverse(0, {0, 0.0}), 0.0);
}

TEST(Temperatures, ShallowZerosGiveASingleScale) {
  const Temperatures t(std::vector<double>{0.0, 0.0, 0.1});
  EXPECT_TRUE(t.single_scale());
  EXPECT_EQ(t.theta(0), 1.0);
}

TEST(Temperatures, TableRowsBelongToRungs) {
  const auto t = Temperatures::from_table({{1.0, 1.0}, {0.5, 0.25}});
  EXPECT_EQ(t.cumulative(0, {1, 0.3}), 0.75);
  EXPECT_EQ(t.theta(0, {0, 0.1}), 0.5);
  EXPECT_THROW(t.theta(0, {2, 1.0}), Error);
}

TEST(Temperatures, RefuseWhatIsNoTemperature) {
  EXPECT_THROW(Temperatures(std::vector<double>{}), Error);
  EXPECT_THROW(Temperatures(std::vector<double>{1.0, 0.0}), Error);
  EXPECT_THROW(Temperatures(std::vector<double>{-1.0, 1.0}), Error);
  EXPECT_THROW(Temperatures(std::vector<double>{std::nan(""), 1.0}), Error);
  EXPECT_THROW(Temperatures::from_table({{1.0}, {1.0, 1.0}}), Error);
}

}  // namespace
}  // namespace echelon
