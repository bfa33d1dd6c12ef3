#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "echelon/model/refusal.hpp"
#include "echelon/sampler/temperatures.hpp"

namespace echelon {

/// How an outer move's change of free energy is estimated (paper.hpp, bridge.hpp).
enum class Estimator { paper, bridge };
/// Where a replica starts: at the reference matrices, or at a draw from the prior.
enum class Start { reference, prior };
/// Whether an outer move switches its loss once, or there and, with a copy, back again.
enum class Switching { one_way, round_trip };
/// Whether step sizes follow the acceptance rate in warm-up.
enum class StepAdaptation { none, warmup };

struct BranchOptions {
  Estimator estimator = Estimator::bridge;
  int inner_steps = 10;  ///< paper: inner moves T' >= 1; bridge: switching steps B >= 0
  /// bridge: moves of the deeper layers before and after an outer move of layer 0, and of the copy
  /// that switches back; by default a quarter of the switching steps, at least one.
  std::optional<int> relaxation;
  Switching switching = Switching::one_way;
  Start start = Start::reference;
  StepAdaptation adaptation = StepAdaptation::warmup;
  std::vector<double> step;          ///< initial proposal step per layer
  int leapfrog = 5;                  ///< hmc: steps of a trajectory
  Refusal refusal = Refusal::early;  ///< changes no result
  /// bridge: levels of the inner ladder that measures the free energies V_1 .. V_{d-1} of the draw
  /// at beta = 1 (inner_ladder.hpp), 0 for none, and the sweeps between its uses.
  int inner_rungs = 0;
  std::int64_t inner_every = 1;

  int relaxation_moves() const { return relaxation.value_or(std::max(1, inner_steps / 4)); }
};

/// Error(usage) for options out of range.
void check(const BranchOptions& options, int depth);

/// Error(usage) where no swap rule exists: `paper` on several rungs at theta < 1 (its outer law has
/// an unknown normaliser that it never estimates), and a temperature table at theta < 1.
void check_swaps(const BranchOptions& options, const Temperatures& temperatures, int rungs);

}  // namespace echelon
