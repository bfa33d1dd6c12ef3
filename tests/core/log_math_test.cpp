#include "echelon/core/log_math.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace echelon {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(LogMath, SumsFarOutsideTheRangeOfExp) {
  const std::vector<double> high{1000.0, 1000.0};
  EXPECT_DOUBLE_EQ(log_sum_exp(high), 1000.0 + std::log(2.0));
  const std::vector<double> low{-1000.0, -1001.0};
  EXPECT_DOUBLE_EQ(log_sum_exp(low), -1000.0 + std::log1p(std::exp(-1.0)));
}

TEST(LogMath, MinusInfinityIsZeroWeight) {
  const std::vector<double> values{-infinity, 0.0, -infinity};
  EXPECT_DOUBLE_EQ(log_sum_exp(values), 0.0);
  EXPECT_DOUBLE_EQ(log_mean_exp(values), -std::log(3.0));
  EXPECT_EQ(log_sum_exp(std::vector<double>{}), -infinity);
  EXPECT_EQ(log_add(-infinity, -infinity), -infinity);
}

TEST(LogMath, AddAgreesWithSum) {
  const std::vector<double> pair{-3.5, 2.25};
  EXPECT_DOUBLE_EQ(log_add(pair[0], pair[1]), log_sum_exp(pair));
}

}  // namespace
}  // namespace echelon
