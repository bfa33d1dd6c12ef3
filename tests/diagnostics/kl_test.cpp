#include "echelon/diagnostics/kl.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(KlBernoulli, HasItsClosedForms) {
  EXPECT_NEAR(kl_bernoulli(.25, .5), .25 * std::log(.5) + .75 * std::log(1.5), 1e-16);
  EXPECT_DOUBLE_EQ(kl_bernoulli(0, .3), -std::log(.7));
  EXPECT_DOUBLE_EQ(kl_bernoulli(1, .3), -std::log(.3));
  EXPECT_EQ(kl_bernoulli(.4, .4), 0);
  EXPECT_EQ(kl_bernoulli(.4, 0), infinity);
  EXPECT_EQ(kl_bernoulli(.4, 1), infinity);
  EXPECT_EQ(kl_bernoulli(0, 0), 0);
  EXPECT_EQ(kl_bernoulli(1, 1), 0);
  EXPECT_THROW(kl_bernoulli(-.1, .5), Error);
  EXPECT_THROW(kl_bernoulli(.1, std::nan("")), Error);
}

// Close to the diagonal kl = d^2 / (2 q (1-q)) (1 + O(d)), where q log(q/p) would cancel.
TEST(KlBernoulli, IsAccurateNearTheDiagonal) {
  const double d = 0x1p-30;
  EXPECT_NEAR(kl_bernoulli(.25, .25 + d) / (d * d / (2 * .25 * .75)), 1, 1e-7);
}

// scipy.optimize.brentq on kl(q || p) - budget.
TEST(KlInverse, AgreesWithARootFinder) {
  EXPECT_NEAR(kl_inverse(.085, .0295), 0.16867657466025288, 1e-12);
  EXPECT_NEAR(kl_inverse(.02, 1e-4), 0.022044306693733497, 1e-12);
  EXPECT_NEAR(kl_inverse(.5, .3), 0.8358527817012885, 1e-12);
}

TEST(KlInverse, HasItsClosedForms) {
  EXPECT_NEAR(kl_inverse(0, .2), 1 - std::exp(-.2), 1e-12);
  EXPECT_EQ(kl_inverse(1, .2), 1);
  EXPECT_EQ(kl_inverse(.3, infinity), 1);
  EXPECT_EQ(kl_inverse(.999, 2), 1);
  EXPECT_NEAR(kl_inverse(.3, 0), .3, 1e-12);
  EXPECT_EQ(kl_inverse(.3, -5), kl_inverse(.3, 0));
  EXPECT_THROW(kl_inverse(1.5, .1), Error);
  EXPECT_THROW(kl_inverse(.5, std::nan("")), Error);
}

// Never below the true value, and never more than 1e-12 above it.
TEST(KlInverse, ErrsOnTheSafeSideOnly) {
  for (const double q : {0., 1e-9, 1e-4, .02, .3, .5, .9, .9999})
    for (const double budget : {0., 1e-12, 1e-9, 1e-6, 1e-3, .03, .5, 3., 20.}) {
      const double p = kl_inverse(q, budget);
      EXPECT_GE(p, q);
      EXPECT_TRUE(p == 1 || kl_bernoulli(q, p) > budget) << q << " " << budget;
      const double below = p - 1e-12;
      EXPECT_TRUE(below <= q || kl_bernoulli(q, below) < budget) << q << " " << budget;
    }
}

}  // namespace
}  // namespace echelon
