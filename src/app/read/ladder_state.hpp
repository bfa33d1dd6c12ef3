#pragma once

#include <string>
#include <vector>

#include "echelon/storage/run_view.hpp"

namespace echelon {

/// The ladder as of the last completed round. Rungs that are only room on the axis are left out.
struct LadderState {
  std::vector<double> beta, mean_train_loss, barrier;              ///< by rung
  std::vector<double> swap_acceptance;                             ///< by pair, one fewer
  std::vector<std::vector<double>> temperature, acceptance, step;  ///< by rung, then layer
  std::vector<std::int64_t> round_trips;                           ///< by chain
  std::int64_t last_sweep = 0;
  bool warmup = false;
};

/// Empty vectors before the first round has ended.
LadderState read_ladder(const RunView& run);

/// A table with a line per rung.
std::string ladder_table(const LadderState& ladder);

}  // namespace echelon
