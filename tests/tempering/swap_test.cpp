#include "echelon/tempering/swap.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "echelon/tempering/ladder.hpp"
#include "support/four_states.hpp"

namespace echelon {
namespace {

TEST(PartnerOf, AlternatesPairsAndLeavesTheEndsAlone) {
  const std::vector<int> even{1, 0, 3, 2, -1};
  const std::vector<int> odd{-1, 2, 1, 4, 3};
  for (int rung = 0; rung < 5; ++rung) {
    EXPECT_EQ(partner_of(rung, 5, 0), even[static_cast<std::size_t>(rung)]);
    EXPECT_EQ(partner_of(rung, 5, 7), odd[static_cast<std::size_t>(rung)]);
  }
  EXPECT_EQ(partner_of(0, 1, 0), -1);
  EXPECT_EQ(partner_of(0, 1, 1), -1);
}

TEST(SwapRound, AcceptsBelowTheRatioAndCountsItsProbability) {
  const double ratio = 0.3;
  const std::vector<double> log_ratios{0.5, std::log(ratio) - 0.5};
  const auto decide = [&](double uniform) {
    return swap_round(Assignment(1, 2), log_ratios, 0, std::vector<double>{uniform, 0.5});
  };
  EXPECT_TRUE(decide(ratio - 1e-9).attempts.at(0).accepted);
  EXPECT_FALSE(decide(ratio + 1e-9).attempts.at(0).accepted);
  EXPECT_NEAR(decide(0.9).attempts.at(0).acceptance, ratio, 1e-15);
  EXPECT_EQ(decide(0.1).after.replica_at(0, 0), 1);
  EXPECT_EQ(decide(0.9).after, Assignment(1, 2));
}

TEST(SwapRound, TakesTheRatiosOfTheReplicasThatStandThere) {
  Assignment before(2, 3);
  before.exchange(1, 0);  // second ladder: replicas 4, 3, 5
  const std::vector<double> log_ratios{0, 1, 2, -3, -4, -5};
  const SwapRound round = swap_round(before, log_ratios, 0, std::vector<double>(6, 0.5));
  ASSERT_EQ(round.attempts.size(), 2U);
  EXPECT_EQ(round.attempts[1].ladder, 1);
  EXPECT_EQ(round.attempts[1].up, -4);
  EXPECT_EQ(round.attempts[1].down, -3);
  EXPECT_TRUE(round.attempts[0].accepted);
  EXPECT_FALSE(round.attempts[1].accepted);
  EXPECT_EQ(round.after.replica_at(0, 0), 1);
  EXPECT_EQ(round.after.replica_at(1, 0), 4);
}

TEST(SwapRound, ARatioThatIsNotANumberSwapsNothing) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double down : {std::nan(""), infinity, -infinity}) {
    const std::vector<double> log_ratios{-infinity, down};
    const SwapRound round =
        swap_round(Assignment(1, 2), log_ratios, 0, std::vector<double>{1e-300, 0.5});
    EXPECT_EQ(round.after, Assignment(1, 2));
    EXPECT_EQ(round.attempts.at(0).acceptance, 0);
  }
}

// A configuration of three replicas on four states, by rung: 64 in all.
using Configuration = std::array<int, 3>;
constexpr int configurations = 64;
using Law = std::vector<double>;

Configuration configuration(int code) { return {code % 4, code / 4 % 4, code / 16}; }
int code_of(const Configuration& c) { return c[0] + 4 * c[1] + 16 * c[2]; }

const Ladder& ladder() {
  static const Ladder betas = Ladder::from_betas({0, 0.45, 1});
  return betas;
}

Law product_law() {
  Law law(configurations, 1);
  for (int code = 0; code < configurations; ++code)
    for (int rung = 0; rung < 3; ++rung)
      law[static_cast<std::size_t>(code)] *= FourStates::law(ladder().rung(
          rung))[static_cast<std::size_t>(configuration(code)[static_cast<std::size_t>(rung)])];
  return law;
}

Law explored(const Law& law) {
  Law after(configurations, 0);
  for (int from = 0; from < configurations; ++from)
    for (int to = 0; to < configurations; ++to) {
      double probability = 1;
      for (std::size_t rung = 0; rung < 3; ++rung)
        probability *=
            FourStates::move_probability(ladder().rung(static_cast<int>(rung)),
                                         configuration(from)[rung], configuration(to)[rung]);
      after[static_cast<std::size_t>(to)] += law[static_cast<std::size_t>(from)] * probability;
    }
  return after;
}

// Pushes a law through swap_round; `log_ratio(here, there, state)` is what a target would say.
template <class LogRatio>
Law swapped(const Law& law, std::int64_t parity, const LogRatio& log_ratio) {
  Law after(configurations, 0);
  for (int code = 0; code < configurations; ++code) {
    const Configuration c = configuration(code);
    std::vector<double> log_ratios;
    for (int rung = 0; rung < 3; ++rung) {
      const int partner = partner_of(rung, 3, parity);
      log_ratios.push_back(partner < 0 ? 0
                                       : log_ratio(ladder().rung(rung), ladder().rung(partner),
                                                   c[static_cast<std::size_t>(rung)]));
    }
    const auto round =
        swap_round(Assignment(1, 3), log_ratios, parity, std::vector<double>(3, 1e-300));
    const Attempt& attempt = round.attempts.at(0);
    Configuration exchanged;
    for (int rung = 0; rung < 3; ++rung)
      exchanged[static_cast<std::size_t>(rung)] =
          c[static_cast<std::size_t>(round.after.replica_at(0, rung))];
    const double mass = law[static_cast<std::size_t>(code)];
    after[static_cast<std::size_t>(code_of(exchanged))] += mass * attempt.acceptance;
    after[static_cast<std::size_t>(code)] += mass * (1 - attempt.acceptance);
  }
  return after;
}

double distance(const Law& a, const Law& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

TEST(Enumeration, ASweepOfEitherParityLeavesTheProductLawInvariant) {
  const auto full = [](Rung here, Rung there, int s) {
    return FourStates::log_density(there, s) - FourStates::log_density(here, s);
  };
  const Law law = product_law();
  EXPECT_LE(distance(explored(law), law), 1e-14);
  for (const std::int64_t parity : {0, 1})
    EXPECT_LE(distance(swapped(explored(law), parity, full), law), 1e-14) << "parity " << parity;
}

// The power of the test above: what it says of a swap without the normaliser terms.
TEST(Enumeration, AnEnergyOnlySwapDoesNot) {
  const auto energy_only = [](Rung here, Rung there, int s) {
    return (here.beta - there.beta) * FourStates::loss(s);
  };
  for (const std::int64_t parity : {0, 1})
    EXPECT_GT(distance(swapped(product_law(), parity, energy_only), product_law()), 1e-3);
}

}  // namespace
}  // namespace echelon
