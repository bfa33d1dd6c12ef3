#pragma once

#include <string>

#include "echelon/storage/manifest.hpp"

namespace echelon {

/// What a run is, told anew by every program that opens its directory.
struct RunDescription {
  Schema schema;
  RunKeys keys;
  std::string data_hash;
  std::string config;     ///< resolved INI text; becomes config.ini
  Attributes attributes;  ///< of "/" in run.h5, besides those storage knows itself
  std::string build;
  std::string instruction_set;
};

/// Whether the run may be gone on with as described. Error(usage) with one line per frozen key
/// of the run whose value differs (old and new); Error(data) when the data or the layout of a
/// column differ. Further keys, tables and columns, of a newer program, are no obstacle.
void check_resumable(const Manifest& manifest, const RunDescription& description);

}  // namespace echelon
