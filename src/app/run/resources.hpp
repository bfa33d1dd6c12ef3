#pragma once

#include <cstdint>
#include <filesystem>

#include "echelon/app/config.hpp"

namespace echelon {

/// What a finished run takes on disk, in bytes: draws, traces, and two checkpoints' weights.
double estimate_disk(const Config& config, int rungs);

/// Bytes that are free for a directory that need not exist yet; NaN where that cannot be told.
double free_disk(std::filesystem::path directory);

/// Memory of this machine in bytes.
double physical_memory();

}  // namespace echelon
