#pragma once

#include <cstdint>

#include "echelon/core/archive.hpp"
#include "echelon/tempering/assignment.hpp"
#include "echelon/tempering/census.hpp"
#include "echelon/tempering/ladder.hpp"
#include "echelon/tempering/round_sums.hpp"
#include "echelon/tempering/swap.hpp"

namespace echelon {

/// What the whole run knows of itself besides the replicas' states: the same values on every rank,
/// because each of them computes it from the same census.
struct Ledger {
  Ledger(const Ladder& initial, int ladders, int report_size);

  std::int64_t sweep = 0;      ///< sweeps done, warm-up included
  std::int64_t exchanges = 0;  ///< exchange rounds done; their parity picks the pairs
  Ladder ladder;
  Assignment assignment;
  RoundTrips trips;
  RoundSums sums;  ///< of the current warm-up round, or of all production so far

  /// The rung a replica stands on, and the one its swap partner stands on in the next exchange
  /// (its own when it has no partner).
  Rung here(int replica) const { return ladder.rung(assignment.rung_of(replica)); }
  Rung there(int replica) const;
  /// Takes note of the draws of this sweep, before its exchange.
  void count(const Census& census);
  /// Decides the exchange that is due; returns its attempts, which `assignment` now reflects.
  std::vector<Attempt> exchange(const Census& census, std::uint64_t seed);
  /// Moves on to another ladder. With another number of rungs every replica is new (see
  /// nearest_rungs): assignment and round trips start afresh, except that the first heir of a
  /// replica keeps its round-trip count.
  void change_ladder(const Ladder& next);

  Archive pack() const;
  /// Error(data) when the pieces do not fit each other.
  static Ledger unpack(const Archive& archive);
};

}  // namespace echelon
