#pragma once

#include <limits>
#include <string>
#include <vector>

#include "echelon/storage/run_view.hpp"

namespace echelon {

/// log Z of the target minus log Z of rung 0, four ways: stepping stones from below and from above,
/// and the left and right sums of the integral over beta, which bracket it in equilibrium.
struct LogNormaliser {
  double up, down, left, right;
  bool biased =
      false;  ///< the stepping stones: swaps rest on estimates made with finite inner work
};

/// How well replicas travel, per exchange and ladder (Syed et al. 2022).
struct Travel {
  std::int64_t trips = 0;      ///< since the warm-up, all ladders; in the warm-up since the start
  std::int64_t exchanges = 0;  ///< in which they were made
  int travellers = 0;          ///< replicas that made one
  double rate = 0;             ///< observed
  double predicted = 0;  ///< 1 / (2 + 2 sum r / (1 - r)): energies forgotten between exchanges
  double limit = 0;      ///< 1 / (2 + 2 Lambda): and ever finer ladders
};

/// A layer that hardly moves: where its step is smallest, and what it was before the warm-up.
struct StuckLayer {
  int layer, rung;
  double step, before;
};

/// The ladder as of the last completed round. Rungs that are only room on the axis are left out.
struct LadderState {
  std::vector<double> beta, mean_train_loss, barrier;              ///< by rung
  std::vector<double> swap_acceptance, local_barrier;              ///< by pair, one fewer
  std::vector<std::vector<double>> temperature, acceptance, step;  ///< by rung, then layer
  std::vector<std::int64_t> round_trips;                           ///< by chain
  LogNormaliser log_normaliser{};
  Travel travel;
  std::vector<StuckLayer> stuck;  ///< of `annealed`, whose noise can refuse nearly every move
  std::int64_t last_sweep = 0;
  bool warmup = false;

  int rungs() const { return static_cast<int>(mean_train_loss.size()); }
  /// 2 Lambda + 1; 0 while Lambda is not known.
  int suggested_rungs() const;
};

/// Empty vectors before the first round has ended.
LadderState read_ladder(const RunView& run);

/// A table with a line per rung.
std::string ladder_table(const LadderState& ladder);

/// What the ladder as a whole comes to, in a few lines (nothing for one rung), and what is stuck.
std::string ladder_verdict(const LadderState& ladder);

}  // namespace echelon
