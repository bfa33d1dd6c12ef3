#pragma once

#include <chrono>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>

#include "../journal.hpp"
#include "echelon/app/config.hpp"
#include "echelon/core/error.hpp"
#include "echelon/parallel/communicator.hpp"
#include "ess_goal.hpp"

namespace echelon {

/// One `echelon run`, as every rank knows it; the configuration only the root until it is shared.
struct RunRequest {
  Config config;
  std::filesystem::path directory;
  std::string command;                                           ///< as typed, for the record
  std::chrono::steady_clock::time_point began;                   ///< before MPI was started
  double max_seconds = std::numeric_limits<double>::infinity();  ///< since then
  bool restart = false;
  std::optional<EssGoal> goal;  ///< --until

  /// Of the wall time asked for, what starting has left; always enough for one sweep.
  double seconds_left() const;
};

/// Starts the run, resumes it, or sees that it is complete; collective over `world`. Returns done,
/// or stopped when it was told to stop and can be resumed. `journal` is used on the root only.
ExitCode run_job(const Communicator& world, RunRequest request, Journal& journal);

/// Checks the input and says what the run would take, without writing anything; collective.
void rehearse(const Communicator& world, RunRequest request, Journal& journal);

}  // namespace echelon
