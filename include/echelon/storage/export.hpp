#pragma once

#include <span>
#include <string>
#include <vector>

#include "echelon/storage/file_system.hpp"

namespace echelon {

/// Writes the committed draws of one or more runs into one self-contained netCDF-4/HDF5 file laid
/// out like run.h5. The chains of several runs follow each other on the chain axis; what has no
/// chain axis gets a leading axis "run". Scalars are cut to the draws that have weights (matched by
/// the column `sweep`), tables to the shortest run. Returns what was left out, one line each.
/// Error(data) when the runs' variables differ in more than the number of chains.
std::vector<std::string> export_runs(std::span<const fs::path> runs, const fs::path& file);

}  // namespace echelon
