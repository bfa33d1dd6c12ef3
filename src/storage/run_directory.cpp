#include "echelon/storage/run_directory.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <utility>

#include "echelon/core/error.hpp"
#include "echelon/storage/compaction.hpp"
#include "echelon/storage/discard.hpp"
#include "echelon/storage/generations.hpp"
#include "echelon/storage/snapshot_file.hpp"
#include "echelon/storage/view_file.hpp"

namespace echelon {
namespace {

constexpr std::uint64_t merge_limit = std::uint64_t{256} << 20;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string random_id() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

std::string now() {
  const auto time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// manifest.json as it is now; empty when there is none.
std::string current_text(const fs::path& directory) {
  try {
    const auto bytes = read_file(directory / run_files::manifest, manifest_limit);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  } catch (const Error& error) {
    if (error.code() == ExitCode::no_input) return {};
    throw;
  }
}

/// Whether the rename of a manifest whose writing failed happened all the same; if that cannot
/// be told, yes.
bool may_be_published(const fs::path& directory, const std::string& text) {
  try {
    return current_text(directory) == text;
  } catch (const Error&) {
    return true;
  }
}

/// After a failure that is already being reported; what stays is removed after the next commit.
void remove_quietly(std::initializer_list<fs::path> files) {
  std::error_code ignored;
  for (const auto& file : files) fs::remove(file, ignored);
}

std::int64_t highest_number(const fs::path& directory, const FoundManifest& found) {
  std::int64_t highest = found.manifest.commit;
  if (found.old) highest = std::max(highest, found.old->commit);
  for (const auto& name : list_run_files(directory).numbered)
    highest = std::max(highest, number_in(name).value());
  return highest;
}

fs::path prepared(const fs::path& directory) {
  make_directory(directory);
  return directory;
}

}  // namespace

RunDirectory::RunDirectory(const fs::path& directory, RunDescription description, Warn warn,
                           Existing existing, std::optional<RunLock> lock)
    : path_(prepared(directory)),
      warn_(std::move(warn)),
      lock_(lock ? std::move(*lock) : RunLock(path_, warn_)) {
  description.schema.check();
  if (existing == Existing::discard) discard_run(path_);
  if (auto found = find_manifest(path_))
    resume(description, std::move(*found));
  else
    begin(description);
  for (const auto& table : manifest_.schema.tables) buffers_.emplace(table.name, RowBuffer(table));
}

void RunDirectory::begin(const RunDescription& description) {
  manifest_ = Manifest{random_id(),
                       now(),
                       0,
                       description.data_hash,
                       description.config,
                       description.keys,
                       description.attributes,
                       description.schema,
                       {{0, description.build, description.instruction_set}},
                       {},
                       {}};
  remove_temporaries(path_);
  make_directory(path_ / run_files::segments);
  atomic_write(path_, run_files::config, bytes_of(description.config));
  on_disk_ = to_text(manifest_);
  atomic_write(path_, run_files::manifest, bytes_of(on_disk_));
  previous_ = manifest_;
  next_number_ = 1;
  refresh();
}

void RunDirectory::resume(const RunDescription& description, FoundManifest found) {
  for (const auto& warning : found.warnings) warn_(warning);
  check_resumable(found.manifest, description);
  Generation generation = newest_valid(path_, found.manifest);
  for (const auto& warning : generation.warnings) warn_(warning);
  if (!generation.warnings.empty())
    warn_(fmt::format("falling back to the checkpoint of sweep {}: later sweeps are computed again",
                      generation.manifest.sweeps_done()));
  next_number_ = highest_number(path_, found) + 1;
  on_disk_ = std::move(found.current_text);
  previous_ = found.old.value_or(found.manifest);
  manifest_ = std::move(generation.manifest);
  resumed_ = std::move(generation.snapshot);
  adopt(description);
  remove_temporaries(path_);
  make_directory(path_ / run_files::segments);
  tidy([this] { refresh(); });
}

void RunDirectory::adopt(const RunDescription& description) {
  const Builder& last = manifest_.builders.back();
  if (last.build != description.build || last.instruction_set != description.instruction_set) {
    warn_(fmt::format(
        "the run was written by another program ({}, {}; this is {}, {}): from here "
        "on its draws are valid but not bitwise those of an uninterrupted run",
        last.build, last.instruction_set, description.build, description.instruction_set));
    manifest_.builders.push_back({next_number_, description.build, description.instruction_set});
  }
  if (manifest_.config != description.config)
    atomic_write(path_, run_files::config, bytes_of(description.config));
  manifest_.config = description.config;
  manifest_.keys.extendable = description.keys.extendable;
  manifest_.attributes = description.attributes;
  manifest_.keys.frozen = description.keys.frozen;
  manifest_.schema = united(manifest_.schema, description.schema);
}

void RunDirectory::record(std::string_view table, std::span<const Archive> row) {
  const auto buffer = buffers_.find(table);
  require(buffer != buffers_.end(), ExitCode::internal, "the run has no table '{}'", table);
  buffer->second.append(row);
}

bool RunDirectory::commit(const Snapshot& snapshot) {
  try {
    write_commit(snapshot);
  } catch (const Error& error) {
    if (error.code() != ExitCode::io) throw;
    warn_(fmt::format("sweep {} is not saved, its draws wait in memory: {}", snapshot.sweep,
                      error.what()));
    return false;
  }
  tidy([this] {
    compact();
    refresh();
    collect_garbage();
  });
  return true;
}

/// For work on which no commit depends: the next commit tidies what this one could not.
void RunDirectory::tidy(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    if (error.code() == ExitCode::locked) throw;
    warn_(fmt::format("tidying up '{}' failed: {}", path_.string(), error.what()));
  }
}

void RunDirectory::write_commit(const Snapshot& snapshot) {
  Manifest next = manifest_;
  next.commit = next_number_++;
  publish(next, [&] {
    write_segment(next, snapshot.sweep);
    FileStamp file = atomic_write(path_, checkpoint_name(next.commit), to_checkpoint(snapshot));
    next.checkpoints.push_back({std::move(file), next.commit, snapshot.sweep});
    if (next.checkpoints.size() > 2) next.checkpoints.erase(next.checkpoints.begin());
  });
  for (auto& [name, buffer] : buffers_) buffer.clear();
}

void RunDirectory::write_segment(Manifest& next, std::int64_t sweep) {
  Segment segment;
  H5File file = H5File::create_in_memory(segment_name(next.commit));
  for (const auto& [name, buffer] : buffers_) {
    if (buffer.rows() == 0) continue;
    buffer.write(file);
    segment.rows[name] = buffer.rows();
  }
  if (segment.rows.empty()) return;
  segment.file = atomic_write(path_, segment_name(next.commit), file.image());
  segment.commit = next.commit;
  segment.first_sweep = next.segments.empty() ? 0 : next.segments.back().last_sweep;
  segment.last_sweep = sweep;
  next.segments.push_back(std::move(segment));
}

void RunDirectory::require_unchanged() const {
  require(current_text(path_) == on_disk_, ExitCode::locked,
          "'{}' was changed by another program (a second run in this directory?)",
          (path_ / run_files::manifest).string());
}

/// Lets `write_files` write what the manifest will name and complete it, then makes it the current
/// one. When that fails, removes the files again unless the new manifest may already name them.
void RunDirectory::publish(Manifest& next, const std::function<void()>& write_files) {
  require_unchanged();
  std::string text;
  try {
    write_files();
    require_unchanged();
    text = to_text(next);
    atomic_write(path_, run_files::old_manifest, bytes_of(to_text(manifest_)));
    previous_ = manifest_;
    atomic_write(path_, run_files::manifest, bytes_of(text));
  } catch (const Error& error) {
    if (error.code() == ExitCode::locked) throw;  // the files may be another program's by now
    if (!text.empty() && may_be_published(path_, text))
      on_disk_ = text;
    else
      remove_quietly({path_ / checkpoint_name(next.commit), path_ / segment_name(next.commit)});
    throw;
  }
  on_disk_ = std::move(text);
  manifest_ = std::move(next);
}

void RunDirectory::compact() {
  const auto plan = plan_merge(manifest_, merge_limit);
  if (!plan) return;
  Manifest next = manifest_;
  next.commit = next_number_++;
  publish(next, [&] {
    Segment entry = merged_entry(manifest_, *plan);
    entry.file = atomic_write(path_, segment_name(next.commit), merge(path_, manifest_, *plan));
    const auto at = next.segments.begin();
    const auto first = next.segments.erase(at + static_cast<std::ptrdiff_t>(plan->begin),
                                           at + static_cast<std::ptrdiff_t>(plan->end));
    next.segments.insert(first, std::move(entry));
  });
}

void RunDirectory::refresh() { write_view(path_, manifest_); }

void RunDirectory::collect_garbage() {
  std::set<std::string> needed;
  for (const auto& checkpoint : manifest_.checkpoints) needed.insert(checkpoint.file.name);
  for (const auto* manifest : {&manifest_, &previous_})
    for (const auto& segment : manifest->segments) needed.insert(segment.file.name);
  for (const auto& name : list_run_files(path_).numbered)
    if (!needed.contains(name)) remove_file(path_ / name);
}

}  // namespace echelon
