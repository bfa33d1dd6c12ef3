#include "echelon/storage/compaction.hpp"

#include <algorithm>
#include <map>
#include <span>

#include "echelon/core/error.hpp"
#include "echelon/storage/rows.hpp"

namespace echelon {
namespace {

std::span<const Segment> sources(const Manifest& manifest, MergePlan plan) {
  return std::span(manifest.segments).subspan(plan.begin, plan.end - plan.begin);
}

/// How many segments from `begin` on may be merged: of one level, covered by the older checkpoint.
std::size_t alike(const Manifest& manifest, std::size_t begin) {
  const std::int64_t newest = manifest.checkpoints.front().commit;
  const auto first = manifest.segments.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = std::find_if(first, manifest.segments.end(), [&](const Segment& segment) {
    return segment.level != first->level || segment.commit > newest;
  });
  return std::min(merge_width, static_cast<std::size_t>(last - first));
}

/// How many of these have at most `limit` bytes together.
std::size_t fitting(std::span<const Segment> parts, std::uint64_t limit) {
  std::uint64_t bytes = 0;
  const auto last = std::find_if(parts.begin(), parts.end(), [&](const Segment& part) {
    bytes += part.file.bytes;
    return bytes > limit;
  });
  return static_cast<std::size_t>(last - parts.begin());
}

}  // namespace

std::optional<MergePlan> plan_merge(const Manifest& manifest, std::uint64_t limit) {
  if (manifest.checkpoints.size() < 2) return std::nullopt;
  for (std::size_t begin = 0; begin < manifest.segments.size(); ++begin) {
    if (alike(manifest, begin) < merge_width) continue;
    const std::size_t count = fitting(sources(manifest, {begin, begin + merge_width}), limit);
    if (count > 1) return MergePlan{begin, begin + count};
  }
  return std::nullopt;
}

std::vector<std::byte> merge(const fs::path& directory, const Manifest& manifest, MergePlan plan) {
  H5File merged = H5File::create_in_memory("merged segment");
  std::map<std::string, std::int64_t> done;
  for (const auto& [name, rows] : merged_entry(manifest, plan).rows)
    create_rows(*manifest.schema.find(name), rows, merged);
  for (const auto& part : sources(manifest, plan)) {
    const H5File file = H5File::open_bytes(read_stamped(directory, part.file), part.file.name);
    for (const auto& [name, rows] : part.rows) {
      const Table& table = *manifest.schema.find(name);
      copy_rows(table, file, rows, merged, table.latest_only() ? 0 : done[name]);
      done[name] += rows;
    }
  }
  return merged.image();
}

Segment merged_entry(const Manifest& manifest, MergePlan plan) {
  const auto parts = sources(manifest, plan);
  Segment entry = parts.back();
  entry.first_sweep = parts.front().first_sweep;
  entry.level = parts.front().level + 1;
  entry.rows.clear();
  for (const auto& part : parts)
    for (const auto& [table, rows] : part.rows)
      entry.rows[table] = manifest.schema.find(table)->latest_only() ? 1 : entry.rows[table] + rows;
  return entry;
}

}  // namespace echelon
