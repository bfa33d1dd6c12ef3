#include "echelon/diagnostics/series.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "echelon/core/error.hpp"
#include "support/naive_series.hpp"

namespace echelon {
namespace {

using Doubles = std::vector<double>;

TEST(Autocovariance, AgreesWithItsNaiveTwin) {
  for (const std::size_t length : {1U, 2U, 3U, 17U, 64U, 1000U}) {
    Doubles series = autoregressive(length, .7, length);
    for (double& value : series) value = 5 + 2 * value;
    const Doubles expected = naive_autocovariance(series);
    const Doubles result = autocovariance(series);
    ASSERT_EQ(result.size(), length);
    for (std::size_t lag = 0; lag < length; ++lag) EXPECT_NEAR(result[lag], expected[lag], 1e-12);
  }
  EXPECT_TRUE(autocovariance({}).empty());
}

// Exact correlations phi^t: pairs are positive and decreasing to the end.
TEST(AutocorrelationTime, OfExactAutoregression) {
  for (const double phi : {.2, .5, .9}) {
    Doubles correlations;
    for (int t = 0; t < 2000; ++t) correlations.push_back(std::pow(phi, t));
    EXPECT_NEAR(autocorrelation_time(correlations, 1e6), (1 + phi) / (1 - phi), 1e-9);
  }
}

// Pair sums 1.5, .6, .8 (cut to .6), then negative: -1 + 2 (1.5 + .6 + .6) + the even lag .05.
TEST(AutocorrelationTime, CutsAndFlattensPairs) {
  const Doubles correlations{1, .5, .4, .2, .5, .3, .05, -.2, .9, .9, .9, .9, .9};
  EXPECT_NEAR(autocorrelation_time(correlations, 1e6), 4.45, 1e-14);
  const Doubles negative{1, .5, .4, .2, .5, .3, -.05, -.2, .9, .9, .9, .9, .9};
  EXPECT_NEAR(autocorrelation_time(negative, 1e6), 4.4, 1e-14);
}

TEST(AutocorrelationTime, GainsNoMoreThanTheLogarithm) {
  EXPECT_NEAR(autocorrelation_time({1, -.99, .98, -.97, .96}, 1000), 1. / 3, 1e-15);
}

// 1000 independent series each: the standardised errors have unit variance. At level 1e-6 a sample
// variance of 1000 normals stays within 1 +- .22; an error off by 15 % fails.
TEST(MeanWithError, CoversTheTruth) {
  for (const double phi : {0., .5, .9}) {
    double squares = 0;
    for (std::uint64_t trial = 0; trial < 1000; ++trial) {
      const Doubles series = autoregressive(4000, phi, 1000 * trial + 7);
      const auto [value, error] = mean_with_error(series);
      squares += value * value / (error * error);
    }
    EXPECT_NEAR(squares / 1000, 1, .25) << phi;
  }
}

TEST(MeanWithError, KnowsWhatItCannotTell) {
  EXPECT_TRUE(std::isnan(mean_with_error(Doubles{}).value));
  EXPECT_EQ(mean_with_error(Doubles{1, 2, 3}).value, 2);
  EXPECT_TRUE(std::isnan(mean_with_error(Doubles{1, 2, 3}).standard_error));
  EXPECT_NEAR(mean_with_error(Doubles(50, .1)).value, .1, 1e-15);
  EXPECT_TRUE(std::isnan(mean_with_error(Doubles(50, .1)).standard_error));
  try {
    mean_with_error(Doubles{1, 2, INFINITY, 4, 5});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("value 2"), std::string::npos);
  }
}

}  // namespace
}  // namespace echelon
