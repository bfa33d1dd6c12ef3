#include "echelon/storage/verify.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "echelon/core/error.hpp"
#include "echelon/storage/generations.hpp"
#include "echelon/storage/rows.hpp"
#include "echelon/storage/run_view.hpp"
#include "echelon/storage/snapshot_file.hpp"

namespace echelon {
namespace {

using Findings = std::vector<Finding>;

constexpr std::int64_t block_elements = std::int64_t{1} << 20;

/// Adds `good` as intact, or the Error that the check ends with as damage.
template <class Action>
bool check(Findings& findings, const std::string& file, const std::string& good, Action&& action) {
  try {
    action();
    findings.push_back({Verdict::intact, file, good});
    return true;
  } catch (const Error& error) {
    findings.push_back({Verdict::damaged, file, error.what()});
    return false;
  }
}

void check_shapes(const fs::path& directory, const Manifest& manifest, const Segment& segment) {
  check_stamp(directory, segment.file);
  const H5File file = H5File::open(directory / segment.file.name);
  for (const auto& [name, rows] : segment.rows) {
    const Table& table = *manifest.schema.find(name);
    for (const auto& column : table.columns)
      // A column may be missing where an older program wrote; the hash says that it always was.
      require(!file.exists(path_of(table, column)) ||
                  file.dims(path_of(table, column)) == file_shape(table, column, rows),
              ExitCode::data, "'{}' has not the {} rows the manifest says", path_of(table, column),
              rows);
  }
}

/// One hash per column over all its rows, taken block by block. `read` returns rows
/// [first, first + count) of a column as a vector of the type of its last argument.
template <class Read>
std::map<std::string, std::string> column_hashes(const Manifest& manifest, Read&& read) {
  std::map<std::string, std::string> hashes;
  for (const auto& table : manifest.schema.tables)
    for (const auto& column : table.columns) {
      const std::int64_t rows = manifest.shown_rows(table);
      const std::int64_t step = std::max<std::int64_t>(1, block_elements / column.row_size());
      std::string& hash = hashes[path_of(table, column)];
      for (std::int64_t first = 0; first < rows; first += step)
        with_element(column.type, [&](auto zero) {
          const auto values = read(table, column, first, std::min(step, rows - first), zero);
          hash += hash_of(std::as_bytes(std::span(values)));
        });
    }
  return hashes;
}

std::map<std::string, std::string> stored_hashes(const fs::path& directory) {
  const RunView run(directory, Check::sizes);
  return column_hashes(run.manifest(), [&](const Table& table, const Column& column,
                                           std::int64_t first, std::int64_t count, auto zero) {
    return run.read<decltype(zero)>(table.name, column.name, first, count);
  });
}

std::map<std::string, std::string> shown_hashes(const Manifest& manifest, const H5File& view) {
  return column_hashes(manifest, [&](const Table& table, const Column& column, std::int64_t first,
                                     std::int64_t count, auto zero) {
    const std::string path = path_of(table, column);
    require(view.dims(path) == file_shape(table, column, manifest.shown_rows(table)),
            ExitCode::data, "'{}' has not the committed shape", path);
    std::vector<decltype(zero)> values(static_cast<std::size_t>(count * column.row_size()));
    view.read_box<decltype(zero)>(path, row_box(table, column, first, count), values);
    return values;
  });
}

std::int64_t commit_shown(const fs::path& file) {
  return H5File::open(file, H5Trust::own).attribute<std::int64_t>("/", "commit");
}

void check_view(Findings& findings, const fs::path& directory, const Manifest& manifest) {
  const fs::path file = directory / run_files::view;
  if (!fs::exists(file)) {
    findings.push_back({Verdict::note, run_files::view, "missing; made again by the next resume"});
    return;
  }
  std::int64_t commit = manifest.commit;
  const auto compare = [&] {
    commit = commit_shown(file);
    if (commit != manifest.commit) return;
    // One after the other: HDF5 reads a view over files that are open elsewhere as missing.
    const auto stored = stored_hashes(directory);
    for (const auto& [path, hash] : shown_hashes(manifest, H5File::open(file, H5Trust::own)))
      require(hash == stored.at(path), ExitCode::data, "'{}' does not show the committed values",
              path);
  };
  check(findings, run_files::view, "shows the committed draws", compare);
  if (commit != manifest.commit)
    findings.back() = {Verdict::note, run_files::view,
                       fmt::format("shows commit {} of {}; made again by the next resume", commit,
                                   manifest.commit)};
}

void note_strays(Findings& findings, const fs::path& directory, const FoundManifest& found) {
  std::set<std::string> known;
  for (const Manifest* manifest : {&found.manifest, found.old ? &*found.old : &found.manifest}) {
    for (const auto& segment : manifest->segments) known.insert(segment.file.name);
    for (const auto& checkpoint : manifest->checkpoints) known.insert(checkpoint.file.name);
  }
  const RunFiles files = list_run_files(directory);
  for (const auto& name : files.temporaries)
    findings.push_back({Verdict::note, name, "left by a killed program"});
  for (const auto& name : files.numbered)
    if (!known.contains(name)) findings.push_back({Verdict::note, name, "belongs to no commit"});
}

Findings verify_once(const fs::path& directory, const FoundManifest& found) {
  Findings findings;
  const Manifest& manifest = found.manifest;
  for (const auto& warning : found.warnings)
    findings.push_back({Verdict::damaged, run_files::manifest, warning});
  if (found.warnings.empty())
    findings.push_back(
        {Verdict::intact, run_files::manifest,
         fmt::format("commit {}, sweep {}", manifest.commit, manifest.sweeps_done())});
  bool all = true;
  for (const auto& segment : manifest.segments)
    all &= check(findings, segment.file.name,
                 fmt::format("draws of sweeps {} to {}", segment.first_sweep, segment.last_sweep),
                 [&] { check_shapes(directory, manifest, segment); });
  for (const auto& checkpoint : manifest.checkpoints)
    check(findings, checkpoint.file.name, fmt::format("state of sweep {}", checkpoint.sweep),
          [&] { from_checkpoint(read_stamped(directory, checkpoint.file), checkpoint.file.name); });
  if (all) check_view(findings, directory, manifest);
  note_strays(findings, directory, found);
  return findings;
}

}  // namespace

std::vector<Finding> verify_run(const fs::path& directory) {
  while (true) {
    std::optional<FoundManifest> found;
    try {
      found = find_manifest(directory);
    } catch (const Error& error) {
      return {{Verdict::damaged, run_files::manifest, error.what()}};
    }
    require(found.has_value(), ExitCode::no_input,
            "'{}' holds no run (it has no manifest) give a directory that `run --out` wrote",
            directory.string());
    Findings findings = verify_once(directory, *found);
    // A live run replaces files while they are looked at; then its manifest has changed, too.
    const auto now = find_manifest(directory);
    if (now && now->manifest.commit == found->manifest.commit) return findings;
  }
}

}  // namespace echelon
