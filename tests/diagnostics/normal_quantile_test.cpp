#include "../../src/diagnostics/normal_quantile.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace echelon {
namespace {

// scipy.stats.norm.ppf
TEST(NormalQuantile, AgreesWithScipy) {
  EXPECT_NEAR(normal_quantile(1e-12), -7.034483825301131, 1.4e-14);
  EXPECT_NEAR(normal_quantile(1e-07), -5.1993375821928165, 1.0e-14);
  EXPECT_NEAR(normal_quantile(0.001), -3.090232306167813, 6.2e-15);
  EXPECT_NEAR(normal_quantile(0.02425), -1.972961051311885, 3.9e-15);
  EXPECT_NEAR(normal_quantile(0.25), -0.6744897501960817, 1.3e-15);
  EXPECT_NEAR(normal_quantile(0.4999), -0.0002506628300880075, 1.0e-16);
  EXPECT_NEAR(normal_quantile(0.5), 0.0, 1.0e-16);
  EXPECT_NEAR(normal_quantile(0.75), 0.6744897501960817, 1.3e-15);
  EXPECT_NEAR(normal_quantile(0.999), 3.090232306167813, 6.2e-15);
  EXPECT_NEAR(normal_quantile(0.9999999), 5.199337582290661, 1.0e-14);
}

TEST(NormalQuantile, InvertsTheDistribution) {
  for (double p = .0005; p < 1; p += .0005)
    EXPECT_NEAR(std::erfc(-normal_quantile(p) / std::sqrt(2.0)) / 2, p, 2e-15);
}

}  // namespace
}  // namespace echelon
