#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/core/snapshot.hpp"
#include "echelon/sampler/temperatures.hpp"
#include "echelon/storage/run_directory.hpp"
#include "ess_goal.hpp"

namespace echelon {

/// The run directory as tempering sees it. With the row of each round it also keeps the rungs'
/// temperatures, acceptances and steps as they now are (tables::ladder_kernel).
class RunSink {
 public:
  /// `steps` are the configured ones, per layer: what an unadapted rung uses. `goal` may be null;
  /// it learns of every draw.
  RunSink(RunDirectory& directory, Temperatures temperatures, std::vector<double> steps,
          EssGoal* goal)
      : directory_(directory),
        temperatures_(std::move(temperatures)),
        steps_(std::move(steps)),
        goal_(goal) {}

  void record(std::string_view table, std::span<const Archive> row);
  bool commit(const Snapshot& snapshot) { return directory_.commit(snapshot); }

 private:
  Archive kernel_row(const Archive& round) const;

  RunDirectory& directory_;
  Temperatures temperatures_;
  std::vector<double> steps_;
  EssGoal* goal_;
};

}  // namespace echelon
