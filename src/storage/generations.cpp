#include "echelon/storage/generations.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include "echelon/core/error.hpp"
#include "echelon/storage/snapshot_file.hpp"

namespace echelon {
namespace {

constexpr std::string_view checkpoint_prefix = "checkpoint-";
constexpr std::string_view segment_prefix = "segments/segment-";
constexpr std::string_view suffix = ".h5";

/// A manifest file, as far as it could be read.
struct Reading {
  bool exists = true;
  std::string text;
  std::optional<Manifest> manifest;
  std::string problem;
  bool readable = true;  ///< false: it may be intact, but the disk did not say
};

Reading read_manifest(const fs::path& directory, const char* name) {
  Reading reading;
  try {
    const auto bytes = read_file(directory / name, manifest_limit);
    reading.text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    reading.manifest = manifest_from_text(reading.text);
  } catch (const Error& error) {
    reading.exists = error.code() != ExitCode::no_input;
    reading.readable = error.code() != ExitCode::io;
    reading.problem = error.what();
  }
  return reading;
}

/// False where there is no directory and cannot be one: a file, a loop of links, too long a name.
bool may_hold_a_run(const fs::path& directory) {
  std::error_code error;
  const auto status = fs::status(directory, error);
  if (status.type() == fs::file_type::not_found) return false;
  if (error)
    return error != std::errc::too_many_symbolic_link_levels &&
           error != std::errc::filename_too_long;
  return fs::is_directory(status);
}

bool ends_temporary(const std::string& name) { return name.ends_with(temporary_suffix); }

bool is_known(const std::string& name) {
  using namespace run_files;
  return number_in(name) || name == manifest || name == old_manifest || name == view ||
         name == config;
}

void sort_out(const std::string& name, RunFiles& files) {
  if (number_in(name)) files.numbered.push_back(name);
  if (name == run_files::view) files.view = true;
  if (ends_temporary(name) &&
      is_known(name.substr(0, name.size() - std::string_view(temporary_suffix).size())))
    files.temporaries.push_back(name);
}

/// The damaged segment that the earliest commit needs, with what is wrong.
struct Damage {
  const Segment* segment;
  std::string problem;
  ExitCode code;  ///< io when it could not be read at all, else data
};

std::optional<Damage> first_damage(const fs::path& directory, const Manifest& manifest) {
  for (const auto& segment : manifest.segments) try {
      check_stamp(directory, segment.file);
    } catch (const Error& error) {
      return Damage{&segment, error.what(),
                    error.code() == ExitCode::io ? ExitCode::io : ExitCode::data};
    }
  return std::nullopt;
}

Snapshot load(const fs::path& directory, const Checkpoint& checkpoint) {
  Snapshot snapshot =
      from_checkpoint(read_stamped(directory, checkpoint.file), checkpoint.file.name);
  require(snapshot.sweep == checkpoint.sweep, ExitCode::data,
          "'{}' is of sweep {} (the manifest says {})", checkpoint.file.name, snapshot.sweep,
          checkpoint.sweep);
  return snapshot;
}

}  // namespace

std::string checkpoint_name(std::int64_t number) {
  return fmt::format("{}{:06}{}", checkpoint_prefix, number, suffix);
}

std::string segment_name(std::int64_t number) {
  return fmt::format("{}{:06}{}", segment_prefix, number, suffix);
}

std::optional<std::int64_t> number_in(const std::string& name) {
  for (const std::string_view prefix : {checkpoint_prefix, segment_prefix}) {
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
    const char* begin = name.data() + prefix.size();
    const char* end = name.data() + name.size() - suffix.size();
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(begin, end, number);
    if (error == std::errc() && stop == end && number >= 0 &&
        (name == checkpoint_name(number) || name == segment_name(number)))
      return number;
  }
  return std::nullopt;
}

RunFiles list_run_files(const fs::path& directory) {
  RunFiles files;
  for (const auto& name : list_directory(directory)) sort_out(name, files);
  const fs::path segments = directory / run_files::segments;
  require(!fs::is_symlink(segments), ExitCode::data, "'{}' is a symbolic link (not followed)",
          segments.string());
  for (const auto& name : list_directory(segments))
    sort_out(std::string(run_files::segments) + "/" + name, files);
  return files;
}

void remove_temporaries(const fs::path& directory) {
  for (const auto& name : list_run_files(directory).temporaries) remove_file(directory / name);
}

std::optional<FoundManifest> find_manifest(const fs::path& directory) {
  if (!may_hold_a_run(directory)) return std::nullopt;
  const Reading current = read_manifest(directory, run_files::manifest);
  const Reading old = read_manifest(directory, run_files::old_manifest);
  if (!current.exists && !old.exists) {
    const RunFiles files = list_run_files(directory);
    require(files.numbered.empty() && !files.view, ExitCode::data,
            "'{}' holds files of a run but no {} (lost, or not a run of this program) move them "
            "away or choose another directory",
            directory.string(), run_files::manifest);
    return std::nullopt;
  }
  // To fall back from a manifest that is only out of reach would throw its commit away.
  require(current.readable, ExitCode::io, "{} try again when the disk answers", current.problem);
  require(current.manifest || old.manifest, ExitCode::data,
          "'{}' has no valid manifest ({}; {}) --restart throws the run away", directory.string(),
          current.problem, old.problem);
  FoundManifest found;
  found.current_text = current.text;
  if (current.manifest && old.manifest && current.manifest->run_id == old.manifest->run_id)
    found.old = old.manifest;
  const bool fall_back =
      !current.manifest || (found.old && found.old->commit > current.manifest->commit);
  if (fall_back) {
    found.old = old.manifest;
    found.manifest = *old.manifest;
    found.warnings.push_back(fmt::format(
        "{} cannot be used ({}): falling back to {}, written at sweep {}", run_files::manifest,
        current.manifest ? "it is older than its predecessor" : current.problem,
        run_files::old_manifest, found.manifest.sweeps_done()));
    require(!found.manifest.checkpoints.empty(), ExitCode::data,
            "'{}': {} cannot be used ({}) and {} knows of no checkpoint; --restart throws the run "
            "away",
            directory.string(), run_files::manifest, current.problem, run_files::old_manifest);
  } else {
    found.manifest = *current.manifest;
    if (!found.old && !found.manifest.checkpoints.empty())
      found.warnings.push_back(fmt::format(
          "{} cannot be used ({}): the run goes on from {}", run_files::old_manifest,
          old.manifest ? "it belongs to another run" : old.problem, run_files::manifest));
  }
  return found;
}

Manifest cut_to(const Manifest& manifest, const Checkpoint& checkpoint) {
  Manifest result = manifest;
  std::erase_if(result.segments,
                [&](const Segment& segment) { return segment.commit > checkpoint.commit; });
  std::erase_if(result.checkpoints,
                [&](const Checkpoint& other) { return other.commit > checkpoint.commit; });
  return result;
}

Generation newest_valid(const fs::path& directory, const Manifest& manifest) {
  Generation generation{manifest, std::nullopt, {}};
  if (manifest.checkpoints.empty()) return generation;
  const auto damage = first_damage(directory, manifest);
  if (damage)
    require(damage->segment->commit > manifest.checkpoints.front().commit, damage->code,
            "draws of sweeps {} to {} are missing: {}", damage->segment->first_sweep + 1,
            damage->segment->last_sweep, damage->problem);
  ExitCode code = ExitCode::io;  // unless something is certainly damaged
  std::string problems;
  for (auto checkpoint = manifest.checkpoints.rbegin(); checkpoint != manifest.checkpoints.rend();
       ++checkpoint)
    try {
      if (damage && damage->segment->commit <= checkpoint->commit)
        fail(damage->code, damage->problem);
      generation.snapshot = load(directory, *checkpoint);
      generation.manifest = cut_to(manifest, *checkpoint);
      return generation;
    } catch (const Error& error) {
      if (error.code() != ExitCode::io) code = ExitCode::data;
      const std::string problem =
          fmt::format("the state of sweep {} cannot be used: {}", checkpoint->sweep, error.what());
      generation.warnings.push_back(problem);
      problems += (problems.empty() ? "" : "; ") + problem;
    }
  fail(code, fmt::format("'{}' has no intact checkpoint ({}) --restart throws the run away",
                         directory.string(), problems));
}

}  // namespace echelon
