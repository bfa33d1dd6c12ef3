#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "echelon/core/snapshot.hpp"
#include "echelon/storage/file_system.hpp"
#include "echelon/storage/manifest.hpp"

namespace echelon {

namespace run_files {
inline constexpr const char* manifest = "manifest.json";
inline constexpr const char* old_manifest = "manifest.old.json";
inline constexpr const char* view = "run.h5";
inline constexpr const char* config = "config.ini";
inline constexpr const char* log = "log.txt";
inline constexpr const char* segments = "segments";
}  // namespace run_files

std::string checkpoint_name(std::int64_t number);
std::string segment_name(std::int64_t number);
/// The number in a name that one of these two made; empty for any other name.
std::optional<std::int64_t> number_in(const std::string& name);

/// What lies in a run directory and has a name that only runs use, relative to it.
struct RunFiles {
  std::vector<std::string> numbered;     ///< checkpoints and segments, committed or not
  std::vector<std::string> temporaries;  ///< left by a killed process
  bool view = false;
};
/// Error(data) when `segments` is a link.
RunFiles list_run_files(const fs::path& directory);
void remove_temporaries(const fs::path& directory);

struct FoundManifest {
  Manifest manifest;            ///< the newest valid one
  std::optional<Manifest> old;  ///< what manifest.old.json holds, if valid and of the same run
  std::string current_text;     ///< manifest.json as it is, valid or not
  std::vector<std::string> warnings;
};
/// Empty when the directory holds no run. Error(data) when it holds one but no valid manifest, or
/// only that of an empty run after the current one was lost.
std::optional<FoundManifest> find_manifest(const fs::path& directory);

/// A manifest cut to its newest checkpoint that is intact together with all draws up to it.
struct Generation {
  Manifest manifest;
  std::optional<Snapshot> snapshot;  ///< empty for a run without a commit
  std::vector<std::string> warnings;
};
/// Checks every hash before HDF5 parses a byte. Error(data) when no generation is intact; naming
/// the sweeps when draws that every generation needs are damaged.
Generation newest_valid(const fs::path& directory, const Manifest& manifest);

/// The manifest as it was when this checkpoint was the newest.
Manifest cut_to(const Manifest& manifest, const Checkpoint& checkpoint);

}  // namespace echelon
