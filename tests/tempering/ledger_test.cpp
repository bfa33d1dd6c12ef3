#include "echelon/tempering/ledger.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

Census census_of(int replicas, double log_ratio) {
  Census census;
  census.energies.assign(static_cast<std::size_t>(replicas), 1.0);
  census.log_ratios.assign(static_cast<std::size_t>(replicas), log_ratio);
  return census;
}

// Every exchange is a fair coin here. Over 400 sweeps two fair coins agree 200 times, give or take
// 10; the same coin always agrees.
TEST(Ledger, TossesACoinOfItsOwnForEveryPairLadderAndSweep) {
  Ledger ledger(Ladder::from_betas({0, 0.2, 0.5, 1}), 2, 0);
  const Census census = census_of(8, std::log(0.5) / 2);
  int ladders_agree = 0;
  int pairs_agree = 0;
  int sweeps_agree = 0;
  bool before = false;
  for (int i = 0; i < 400; ++i) {
    ledger.sweep += 2;  // the same parity every time
    ledger.exchanges = 0;
    const std::vector<Attempt> attempts = ledger.exchange(census, 9);
    ASSERT_EQ(attempts.size(), 4U);
    ladders_agree += attempts[0].accepted == attempts[2].accepted ? 1 : 0;
    pairs_agree += attempts[0].accepted == attempts[1].accepted ? 1 : 0;
    sweeps_agree += attempts[0].accepted == before ? 1 : 0;
    before = attempts[0].accepted;
  }
  for (const int agreements : {ladders_agree, pairs_agree, sweeps_agree})
    EXPECT_NEAR(agreements, 200, 50);
}

TEST(Ledger, KnowsWhoseRungIsOffered) {
  Ledger ledger(Ladder::from_betas({0, 0.5, 1}), 1, 0);
  EXPECT_EQ(ledger.there(0).index, 1);
  EXPECT_EQ(ledger.there(1).beta, 0);
  EXPECT_EQ(ledger.there(2).index, 2) << "no partner";
  ledger.exchange(census_of(3, 1.0), 1);
  EXPECT_EQ(ledger.here(0).index, 1);
  EXPECT_EQ(ledger.there(0).index, 2);
  EXPECT_EQ(ledger.there(1).index, 0) << "no partner";
}

TEST(Ledger, KeepsRoundTripsWhenTheNumberOfRungsChanges) {
  Ledger ledger(Ladder::from_betas({0, 1}), 2, 0);
  Census census = census_of(4, 0.0);
  for (int i = 0; i < 9; ++i) {
    ++ledger.sweep;
    ledger.count(census);
    ledger.exchange(census, 1);
  }
  const auto total = [&] {
    const auto& counts = ledger.trips.counts();
    return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  };
  const std::int64_t before = total();
  EXPECT_GT(before, 0);
  ledger.change_ladder(Ladder::from_betas({0, 0.3, 0.6, 1}));
  EXPECT_EQ(ledger.assignment, Assignment(2, 4));
  EXPECT_EQ(total(), before);
}

TEST(Ledger, ComesBackFromAnArchiveAndRefusesADamagedOne) {
  Ledger ledger(Ladder::from_betas({0, 0.5, 1}), 2, 1);
  ledger.exchange(census_of(6, 0.1), 1);
  ledger.sweep = 5;
  const Archive archive = ledger.pack();
  EXPECT_EQ(Ledger::unpack(archive).pack(), archive);
  const auto refused = [&](const std::string& name, Archive::Array values) {
    Archive damaged = archive;
    damaged.put(name, std::move(values));
    try {
      Ledger::unpack(damaged);
      ADD_FAILURE() << name << " was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data) << name;
    }
  };
  refused("betas", std::vector<double>{0, 0.5, 0.9});
  refused("betas", std::vector<double>{0, 1});
  refused("ladders", std::vector<std::int64_t>{0});
  refused("ladders", std::vector<std::int64_t>{3});
  refused("replica_at", std::vector<std::int64_t>{0, 0, 1, 3, 4, 5});
  refused("trip_legs", std::vector<std::int64_t>{0, 0});
  refused("sums/energies", std::vector<double>{1});
}

}  // namespace
}  // namespace echelon
