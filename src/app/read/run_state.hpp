#pragma once

#include <cstdint>
#include <string>

#include "echelon/app/config.hpp"
#include "echelon/storage/run_view.hpp"

namespace echelon {

/// `elsewhere`: held, or left by a crash, on another machine, whose locks cannot be seen from here.
enum class Activity { running, elsewhere, stopped, complete };

/// Parts of the ranks' wall time since the run began or was last resumed; NaN where not recorded.
struct TimeShares {
  double waiting = 0;        ///< for other ranks at swaps, communication included
  double communication = 0;  ///< of the swaps themselves
  double swap_terms = 0;     ///< computing what decides swaps
  double committing = 0;     ///< on commits but the last
};

/// How far a run is, as of its last commit.
struct RunState {
  Config config;
  Activity activity = Activity::stopped;
  std::int64_t sweep = 0;  ///< sweeps done, warm-up included
  std::int64_t warmup = 0;
  std::int64_t last_sweep = 0;   ///< warm-up and production together
  double seconds_per_sweep = 0;  ///< between the last two commits; NaN before the first
  TimeShares shares;
  double commit_seconds = 0;  ///< between commits: what a crash loses at most
  double seconds_since_commit = 0;
  std::string holder;  ///< who has, or had, the directory's lock
};

RunState read_state(const RunView& run);

std::string_view name_of(Activity activity);

}  // namespace echelon
