#include "echelon/diagnostics/convergence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "echelon/core/error.hpp"
#include "support/naive_series.hpp"

namespace echelon {
namespace {

using Columns = std::vector<std::vector<double>>;

std::vector<std::span<const double>> view(const Columns& columns) {
  return {columns.begin(), columns.end()};
}

struct Reference {
  double rhat, bulk, tail, mean, error;
};

// Reference values: the functions of ArviZ (arviz_stats.base.diagnostics) on the same bits.
void expect_reference(const Columns& columns, const Reference& reference) {
  const auto chains = view(columns);
  EXPECT_NEAR(rhat(chains), reference.rhat, 1e-10 * reference.rhat);
  EXPECT_NEAR(ess_bulk(chains), reference.bulk, 1e-9 * reference.bulk);
  EXPECT_NEAR(ess_tail(chains), reference.tail, 1e-9 * reference.tail);
  EXPECT_NEAR(ess_mean(chains), reference.mean, 1e-9 * reference.mean);
  EXPECT_NEAR(mean_with_error(chains).standard_error, reference.error, 1e-9 * reference.error);
}

Columns series(std::uint64_t seed, int chains, std::size_t length, double phi) {
  Columns columns;
  for (int c = 0; c < chains; ++c)
    columns.push_back(portable_series(seed + static_cast<std::uint64_t>(c), length, phi));
  return columns;
}

TEST(Convergence, AgreesOnWellMixedChains) {
  expect_reference(series(11, 4, 250, .5), {1.0039724126201206, 387.1744856992649, 507.571843603588,
                                            388.91611439132527, 0.03311945231694996});
}

TEST(Convergence, AgreesOnChainsThatDisagreeAndHaveAnOddLength) {
  Columns columns = series(21, 3, 101, .9);
  for (std::size_t c = 0; c < columns.size(); ++c)
    for (double& value : columns[c]) value += static_cast<double>(c);
  expect_reference(columns, {1.572525432707598, 5.737818893334086, 17.78429785686706,
                             5.59828529830464, 0.7150922839880667});
}

TEST(Convergence, AgreesOnTies) {
  Columns columns = series(31, 2, 64, .3);
  for (auto& chain : columns)
    for (double& value : chain) value = std::floor(2 * value);
  expect_reference(columns, {1.0053613050026027, 66.41819666111866, 42.832425695165085,
                             66.78714697991788, 0.14628170322834907});
}

// Equal means, one chain three times as wide: only the folded part sees it.
TEST(Convergence, AgreesOnChainsOfDifferentWidth) {
  Columns columns = series(41, 4, 200, .2);
  for (double& value : columns[3]) value *= 3;
  expect_reference(columns, {1.1545511830379283, 555.0603849032542, 36.0520075241134,
                             550.6360574035828, 0.03987608633434089});
}

TEST(Convergence, AgreesOnAntitheticDrawsOfOneChain) {
  expect_reference(series(51, 1, 500, -.6),
                   {1.0014209288407627, 1349.4850021680093, 483.11289975373955, 1349.4850021680093,
                    0.02005034722349964});
}

TEST(Convergence, AgreesOnChainsTooShortToDecorrelate) {
  expect_reference(series(61, 2, 30, .99),
                   {1.6612677765860115, 4.019696948387562, 19.69981238273922, 3.101559360643242,
                    1.1528372118127352});
}

// 4 chains of 50,000 draws of AR(1): (1 - phi) / (1 + phi) of the draws are effective.
TEST(Convergence, FindsTheKnownEfficiencyOfAutoregression) {
  Columns columns;
  for (std::uint64_t c = 0; c < 4; ++c) columns.push_back(autoregressive(50000, .8, 100 + c));
  EXPECT_NEAR(ess_mean(view(columns)) / 200000, .2 / 1.8, .1 * .2 / 1.8);
  EXPECT_NEAR(ess_bulk(view(columns)) / 200000, .2 / 1.8, .1 * .2 / 1.8);
  EXPECT_LT(rhat(view(columns)), 1.001);
}

TEST(Convergence, DoesNotDependOnAMonotoneTransformation) {
  Columns columns = series(11, 4, 250, .5);
  const double before = rhat(view(columns));
  const double bulk = ess_bulk(view(columns));
  for (auto& chain : columns)
    for (double& value : chain) value = 1e6 + 1e3 * value;
  EXPECT_NEAR(rhat(view(columns)), before, 1e-12);
  for (auto& chain : columns)
    for (double& value : chain) value = std::exp((value - 1e6) / 1e3);
  EXPECT_NEAR(ess_bulk(view(columns)), bulk, 1e-6 * bulk);
}

TEST(Convergence, IsUndefinedForAConstant) {
  const Columns same(3, std::vector<double>(100, .1));
  EXPECT_TRUE(std::isnan(rhat(view(same))));
  EXPECT_TRUE(std::isnan(ess_bulk(view(same))));
  EXPECT_TRUE(std::isnan(ess_tail(view(same))));
  EXPECT_TRUE(std::isnan(ess_mean(view(same))));
  EXPECT_NEAR(mean_with_error(view(same)).value, .1, 1e-15);
  EXPECT_TRUE(std::isnan(mean_with_error(view(same)).standard_error));
}

TEST(Convergence, SeesChainsStuckAtDifferentValues) {
  const Columns stuck{std::vector<double>(100, .1), std::vector<double>(100, .3)};
  EXPECT_EQ(rhat(view(stuck)), std::numeric_limits<double>::infinity());
  EXPECT_LT(ess_bulk(view(stuck)), 5);
  // One chain stuck among three that move.
  Columns columns = series(71, 3, 200, .1);
  columns.emplace_back(200, 1.5);
  EXPECT_GT(rhat(view(columns)), 1.1);
}

// A 0/1 quantity that is 1 in a tenth of the draws: the indicator of the 95 % quantile is constant
// and left out, that of the 5 % quantile is the quantity itself.
TEST(Convergence, TailsOfARareEvent) {
  std::vector<double> rare(200);
  for (std::size_t i = 3; i < 200; i += 1 + i % 19) rare[i] = 1;
  EXPECT_DOUBLE_EQ(ess_tail(view({rare})), ess_mean(view({rare})));
}

TEST(Convergence, TooFewDrawsAreUndefined) {
  EXPECT_TRUE(std::isnan(rhat(view({{1, 2, 3}, {2, 3, 4}}))));
  EXPECT_TRUE(std::isnan(ess_mean(view({{}, {}}))));
  EXPECT_TRUE(std::isfinite(rhat(view({{1, 2, 4, 3}, {2, 5, 3, 4}}))));
  EXPECT_TRUE(std::isfinite(ess_bulk(view({{1, 2, 4, 3}}))));
}

TEST(Convergence, NamesWhatIsWrong) {
  Columns columns = series(11, 3, 20, .5);
  columns[2][17] = std::nan("");
  try {
    rhat(view(columns));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("draw 17 of chain 2"), std::string::npos);
  }
  columns[2].pop_back();
  EXPECT_THROW(ess_bulk(view(columns)), Error);
  EXPECT_THROW(rhat({}), Error);
}

}  // namespace
}  // namespace echelon
