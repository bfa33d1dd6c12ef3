#include "../../src/app/read/inner_lag.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace echelon {
namespace {

TEST(InnerLag, IsExactForABiasThatFallsAsOneOverTheBudget) {
  const auto mean = [](int budget) { return 0.25 + 0.6 / budget; };
  const Estimate bias = lag_bias(10, {mean(10), 3e-3}, 40, {mean(40), 4e-3});
  EXPECT_NEAR(bias.value, 0.6 / 40, 1e-15);
  EXPECT_NEAR(bias.standard_error, 5e-3 / 3, 1e-15);
}

}  // namespace
}  // namespace echelon
