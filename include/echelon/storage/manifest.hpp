#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "echelon/storage/file_system.hpp"
#include "echelon/storage/schema.hpp"

namespace echelon {

inline constexpr int manifest_version = 1;
inline constexpr std::uint64_t manifest_limit = std::uint64_t{64} << 20;  ///< bytes

/// Committed draws: an immutable file and what it holds of each table.
struct Segment {
  FileStamp file;
  std::int64_t commit = 0;                   ///< the (latest) commit whose rows it holds
  std::int64_t first_sweep = 0;              ///< rows recorded after this many sweeps ...
  std::int64_t last_sweep = 0;               ///< ... and up to this many
  int level = 0;                             ///< how many times its rows were merged
  std::map<std::string, std::int64_t> rows;  ///< per table; tables without rows are left out
  bool operator==(const Segment&) const = default;
};

/// One generation of the run's state.
struct Checkpoint {
  FileStamp file;
  std::int64_t commit = 0;
  std::int64_t sweep = 0;
  bool operator==(const Checkpoint&) const = default;
};

/// The program that wrote from some commit on. The bitwise promise holds within one builder.
struct Builder {
  std::int64_t from_commit = 0;
  std::string build;
  std::string instruction_set;
  bool operator==(const Builder&) const = default;
};

/// What decides whether a run may be gone on with: values by full key name.
struct RunKeys {
  std::map<std::string, std::string> frozen;      ///< must be the same
  std::map<std::string, std::string> extendable;  ///< may change at a resume
  bool operator==(const RunKeys&) const = default;
};

/// Attributes of "/" in the view and in exports.
using Attributes = std::map<std::string, std::variant<std::string, std::int64_t, double>>;

/// The run directory's table of contents. A run is what its manifest says: renaming a new
/// manifest over the old one is the only moment at which a commit happens.
struct Manifest {
  std::string run_id;       ///< random, for life
  std::string created_at;   ///< UTC, ISO 8601
  std::int64_t commit = 0;  ///< grows with every manifest of the run
  std::string data_hash;
  std::string config;  ///< the resolved configuration, as text
  RunKeys keys;
  Attributes attributes;
  Schema schema;
  std::vector<Builder> builders;
  std::vector<Segment> segments;        ///< in order of their sweeps, without gap or overlap
  std::vector<Checkpoint> checkpoints;  ///< oldest first, at most two
  bool operator==(const Manifest&) const = default;

  /// Committed rows of a table.
  std::int64_t rows(const std::string& table) const;
  /// The same, of which a latest-only table shows at most one.
  std::int64_t shown_rows(const Table& table) const;
  /// Sweep of the newest checkpoint, 0 without one.
  std::int64_t sweeps_done() const { return checkpoints.empty() ? 0 : checkpoints.back().sweep; }
};

/// JSON with a leading hash over everything that follows, so that no byte can change unnoticed.
std::string to_text(const Manifest& manifest);
/// Error(data) when the text is not one that to_text() wrote, byte for byte.
Manifest manifest_from_text(std::string_view text);
/// Whether some version of this program wrote the text, intact or not.
bool looks_like_manifest(std::string_view text);

}  // namespace echelon
