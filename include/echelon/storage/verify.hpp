#pragma once

#include <string>
#include <vector>

#include "echelon/storage/file_system.hpp"

namespace echelon {

enum class Verdict {
  intact,   ///< is what was committed
  note,     ///< harmless: left by a stopped or running job, mended at the next resume
  damaged,  ///< not what was committed
};

struct Finding {
  Verdict verdict;
  std::string file;
  std::string what;
};

/// Checks everything a run directory holds, without its lock and without writing: manifests,
/// hashes and shapes of all draws, checkpoints, and that run.h5 shows the committed values.
/// Error(no_input) when the directory holds no run; damage of any kind is a finding.
std::vector<Finding> verify_run(const fs::path& directory);

}  // namespace echelon
