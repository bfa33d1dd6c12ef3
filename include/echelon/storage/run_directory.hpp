#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "echelon/core/snapshot.hpp"
#include "echelon/storage/generations.hpp"
#include "echelon/storage/rows.hpp"
#include "echelon/storage/run_description.hpp"
#include "echelon/storage/run_lock.hpp"

namespace echelon {

/// What to do with a run found in the directory.
enum class Existing { resume, discard };

/// The only writer of a run directory; models tempering's Sink. Rows wait in memory until commit()
/// makes them and the snapshot durable at once: new files first, then the manifest, whose rename
/// is the commit. A process that dies at any instant leaves the last commit as it was.
class RunDirectory {
 public:
  /// Locks the directory (created if missing), unless the caller already holds `lock`, and resumes
  /// the run in it from its newest valid generation, or begins one. Error(locked) when it is in
  /// use, not creatable or full of other things; Error(usage) with a diff when frozen keys differ;
  /// Error(data) when the data differ, when no generation is valid, or naming the sweeps when draws
  /// are damaged. Before these checks passed nothing is written but the lock.
  RunDirectory(const fs::path& directory, RunDescription description, Warn warn,
               Existing existing = Existing::resume, std::optional<RunLock> lock = std::nullopt);

  /// Where to go on; empty for a run without a commit.
  const std::optional<Snapshot>& resumed() const { return resumed_; }

  /// Appends a row (RowBuffer::append). Error(internal) for a table the schema lacks.
  void record(std::string_view table, std::span<const Archive> row);
  /// False, after a warning, when a file could not be written: the rows stay in memory, the last
  /// commit stays valid, and the next commit() tries again with everything.
  bool commit(const Snapshot& snapshot);

  const fs::path& path() const { return path_; }
  const Manifest& manifest() const { return manifest_; }

 private:
  void begin(const RunDescription& description);
  void resume(const RunDescription& description, FoundManifest found);
  void adopt(const RunDescription& description);
  void write_commit(const Snapshot& snapshot);
  void write_segment(Manifest& next, std::int64_t sweep);
  void publish(Manifest& next, const std::function<void()>& write_files);
  void require_unchanged() const;
  void tidy(const std::function<void()>& work);
  void refresh();
  void compact();
  void collect_garbage();

  fs::path path_;
  Warn warn_;
  RunLock lock_;
  Manifest manifest_;             // the last commit
  std::string on_disk_;           // bytes of manifest.json as this process left or found them
  Manifest previous_;             // the commit before it, which manifest.old.json holds
  std::int64_t next_number_ = 0;  // of a manifest and of the files it is the first to name
  std::optional<Snapshot> resumed_;
  std::map<std::string, RowBuffer, std::less<>> buffers_;
};

}  // namespace echelon
