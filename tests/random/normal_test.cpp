// Distributions, at fixed seeds and level 1e-6 per comparison.
#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <vector>

#include "echelon/random/stream.hpp"

namespace echelon {
namespace {

constexpr double sigmas = 4.9;               // two-sided level 1e-6 of a normal statistic
constexpr double kolmogorov_quantile = 2.7;  // of sqrt(n) D at level 1e-6: 2 exp(-2 x^2)

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

template <class Real>
std::vector<Real> normals(std::uint64_t step, std::size_t count) {
  std::vector<Real> values(count);
  Stream({.seed = 2020, .purpose = Purpose::start, .index = 1, .step = step})
      .fill_normal(std::span(values));
  return values;
}

// sqrt(n) times the largest distance of the sample's distribution from `cdf`.
template <class Real, class Cdf>
double kolmogorov(std::vector<Real> values, Cdf cdf) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double expected = cdf(static_cast<double>(values[i]));
    const auto below = static_cast<double>(i);
    distance = std::max({distance, expected - below / n, (below + 1) / n - expected});
  }
  return std::sqrt(n) * distance;
}

template <class Real>
class Normal : public testing::Test {};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(Normal, Reals);

// With n = 10^6 a variance wrong by 0.8 % or a mean wrong by 0.006 fails.
TYPED_TEST(Normal, HasTheFirstSixMoments) {
  const auto values = normals<TypeParam>(1, 1000000);
  const auto n = static_cast<double>(values.size());
  double power_sums[7] = {};
  for (const auto value : values)
    for (int power = 1; power <= 6; ++power)
      power_sums[power] += std::pow(static_cast<double>(value), power);
  const double expected[] = {1, 0, 1, 0, 3, 0, 15};
  const double variances[] = {0, 1, 2, 15, 96, 945, 10170};
  for (int power = 1; power <= 6; ++power)
    EXPECT_NEAR(power_sums[power] / n, expected[power], sigmas * std::sqrt(variances[power] / n))
        << "power " << power;
}

TYPED_TEST(Normal, FollowsTheNormalDistribution) {
  EXPECT_LT(kolmogorov(normals<TypeParam>(2, 1000000), normal_cdf), kolmogorov_quantile);
}

// Neighbours, and the two members of a Box-Muller pair, are uncorrelated, as are their squares.
TYPED_TEST(Normal, HasNoCorrelationAtAnyShortLag) {
  const auto values = normals<TypeParam>(3, 400000);
  for (std::size_t lag = 1; lag <= 64; ++lag) {
    double product = 0;
    double squares = 0;
    const std::size_t pairs = values.size() - lag;
    for (std::size_t i = 0; i < pairs; ++i) {
      const auto x = static_cast<double>(values[i]);
      const auto y = static_cast<double>(values[i + lag]);
      product += x * y;
      squares += (x * x - 1) * (y * y - 1) / 2;
    }
    const double bound = sigmas * std::sqrt(static_cast<double>(pairs));
    EXPECT_LT(std::abs(product), bound) << "lag " << lag;
    EXPECT_LT(std::abs(squares), 1.2 * bound) << "lag " << lag;
  }
}

TYPED_TEST(Normal, ReachesTheTails) {
  const auto values = normals<TypeParam>(4, 4000000);
  const auto beyond =
      std::count_if(values.begin(), values.end(), [](auto x) { return std::abs(x) > 4; });
  const double expected = 4e6 * 2 * normal_cdf(-4);
  EXPECT_NEAR(static_cast<double>(beyond), expected, sigmas * std::sqrt(expected));
}

// The naive twin: the same words through the library's log, sin and cos in extended precision.
TYPED_TEST(Normal, AgreesWithItsNaiveTwin) {
  using Integer = std::conditional_t<sizeof(TypeParam) == 4, std::int32_t, std::int64_t>;
  using Unsigned = std::make_unsigned_t<Integer>;
  constexpr std::size_t size = 128 / sizeof(TypeParam);
  const Address address{.seed = 5, .purpose = Purpose::teacher, .index = 2, .step = 9};
  std::vector<TypeParam> values(100 * size);
  Stream(address).fill_normal(std::span(values));
  std::vector<std::uint64_t> words;
  for (std::uint64_t block = 0; block < 400; ++block)
    for (const auto word : r123::Philox4x64{}({{block, 9, 2, 1}}, {{5, 0}})) words.push_back(word);
  std::vector<Integer> integers(values.size());
  std::memcpy(integers.data(), words.data(), sizeof(TypeParam) * values.size());
  const long double half_range = sizeof(TypeParam) == 4 ? 0x1p31L : 0x1p52L;
  const auto mask =
      sizeof(TypeParam) == 4 ? Unsigned{0x7fffffff} : static_cast<Unsigned>(0xfffffffffffff);
  const long double turns = std::pow(2.0L, -8.0L * sizeof(TypeParam));
  for (std::size_t batch = 0; batch < values.size(); batch += size)
    for (std::size_t i = batch; i < batch + size / 2; ++i) {
      const auto magnitude = static_cast<long double>(static_cast<Unsigned>(integers[i]) & mask);
      const long double radius = std::sqrt(-2 * std::log((magnitude + 0.5L) / half_range));
      const long double angle = 2 * std::numbers::pi_v<long double> * turns *
                                static_cast<long double>(integers[i + size / 2]);
      const double tolerance = 6 * static_cast<double>(std::numeric_limits<TypeParam>::epsilon());
      ASSERT_NEAR(values[i], static_cast<double>(radius * std::cos(angle)), tolerance);
      ASSERT_NEAR(values[i + size / 2], static_cast<double>(radius * std::sin(angle)), tolerance);
    }
}

TEST(Uniform, FollowsTheUniformDistributionInsideTheOpenInterval) {
  Stream stream({.seed = 2020, .purpose = Purpose::swap, .index = 0, .step = 5});
  std::vector<double> values(1000000);
  for (double& value : values) value = stream.uniform();
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  EXPECT_GT(*low, 0);
  EXPECT_LT(*high, 1);
  EXPECT_LT(kolmogorov(values, [](double x) { return x; }), kolmogorov_quantile);
}

static_assert(unit_interval(0) > 0 && unit_interval(~std::uint64_t{0}) < 1);

}  // namespace
}  // namespace echelon
