#include "../../src/model/loss_sum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace echelon {
namespace {

template <class Real>
LossTotal total_of(const std::vector<Real>& losses, const LossGrid& grid) {
  LossSum<Real> sum(grid);
  for (std::size_t i = 0; i < losses.size(); i += pack_width<Real>) sum.add(load(&losses[i]));
  return sum.total();
}

bool same(const LossTotal& a, const LossTotal& b) {
  return a.whole == b.whole && a.fine == b.fine && a.not_numbers == b.not_numbers;
}

/// Losses over eighteen orders of magnitude: any order has the same bits, partial sums never exceed
/// sums, and the error is what rounding every loss to the grid allows.
template <class Real>
void expect_exact_sums() {
  constexpr int count = 64 * pack_width<Real>;
  std::mt19937 rng(1);
  std::uniform_real_distribution<double> exponent(-50, 10);
  std::vector<Real> losses(count);
  for (Real& loss : losses) loss = static_cast<Real>(std::exp2(exponent(rng)));
  losses[3] = 0;
  const LossGrid grid(count);
  const LossTotal total = total_of(losses, grid);
  long double exact = 0;
  for (const Real loss : losses) exact += loss;
  EXPECT_EQ(total.not_numbers, 0);
  const double scale = std::ldexp(1.0, grid.fine_bits);
  EXPECT_NEAR(static_cast<double>((static_cast<long double>(total.whole) - exact) * scale) +
                  static_cast<double>(total.fine),
              0, count / 2);
  double before = 0;
  for (int packs = 1; packs <= 64; ++packs) {
    const std::vector<Real> some(losses.begin(), losses.begin() + packs * pack_width<Real>);
    const double value = total_of(some, grid).value(grid);
    EXPECT_GE(value, before);
    before = value;
  }
  for (int shuffle = 0; shuffle < 20; ++shuffle) {
    std::shuffle(losses.begin(), losses.end(), rng);
    EXPECT_TRUE(same(total_of(losses, grid), total));
  }
}

TEST(LossSum, DoesNotDependOnOrder) {
  expect_exact_sums<float>();
  expect_exact_sums<double>();
}

TEST(LossSum, HoldsAsManyOfTheLargestAsThereAre) {
  const LossGrid grid(1024);
  const std::vector<double> losses(1024, std::nextafter(grid.most, 0.0));
  EXPECT_EQ(total_of(losses, grid).value(grid), 1024 * losses[0]);
}

TEST(LossSum, CountsWhatIsNoNumber) {
  std::vector<float> losses(32, 0.25F);
  losses[1] = std::nanf("");
  losses[17] = INFINITY;
  losses[20] = 0x1p60F;
  const LossTotal total = total_of(losses, LossGrid(32));
  EXPECT_EQ(total.not_numbers, 3);
  EXPECT_EQ(total.value(LossGrid(32)), 29 * .25);
}

}  // namespace
}  // namespace echelon
