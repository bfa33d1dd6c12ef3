#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "echelon/app/config.hpp"
#include "echelon/tempering/ladder.hpp"

namespace echelon {

/// "6 replicas on 4 ranks: 1 to 2 replicas a rank", or the size of the teams that share a replica.
std::string describe_placement(int replicas, int ranks);

/// What the sampler keeps in memory, in bytes.
struct MemoryEstimate {
  double data_per_node = 0;  ///< inputs of both splits
  double per_replica = 0;    ///< weights, and two sets of activations over all samples
};
MemoryEstimate estimate_memory(const std::vector<int>& widths, std::int64_t samples,
                               std::int64_t test_samples, int bytes_per_number);

/// What a short run of the ladder showed, out of equilibrium and on few samples.
struct PilotRun {
  std::int64_t sweeps = 0;
  int samples = 0;
  double barrier = 0;   ///< NaN before every pair of rungs was tried
  double hot_loss = 0;  ///< mean training loss of rung 0
  std::vector<double> swap_acceptance;
};

/// What is known of a ladder's barrier before it is run.
struct ExpectedLadder {
  PilotRun pilot;
  double weights = 0;          ///< whose law swaps see: without those that are integrated out
  double alike = 0;            ///< were all of them bound alike (diagnostics/barrier.hpp)
  double largest_barrier = 0;  ///< whatever the data do; NaN for a table
  int rungs = 0;               ///< in the ladder that is asked for
  int ladders = 0;

  /// Whether the pilot's swaps were frequent enough to tell the barrier.
  bool measured() const;
};
ExpectedLadder expected_ladder(const Config& config, const Ladder& ladder, PilotRun pilot);

/// The barrier, and the rungs and ranks that it calls for, in two lines.
std::string describe_barrier(const ExpectedLadder& expected);

}  // namespace echelon
