#include "echelon/storage/compaction.hpp"

#include <algorithm>
#include <span>

#include "echelon/core/error.hpp"
#include "echelon/storage/rows.hpp"

namespace echelon {
namespace {

std::span<const Segment> sources(const Manifest& manifest, MergePlan plan) {
  return std::span(manifest.segments).subspan(plan.begin, plan.end - plan.begin);
}

bool suits(std::span<const Segment> parts, std::int64_t newest, std::uint64_t limit) {
  std::uint64_t bytes = 0;
  for (const auto& part : parts) bytes += part.file.bytes;
  return bytes <= limit && std::all_of(parts.begin(), parts.end(), [&](const Segment& part) {
           return part.level == parts.front().level && part.commit <= newest;
         });
}

}  // namespace

std::optional<MergePlan> plan_merge(const Manifest& manifest, std::uint64_t limit) {
  if (manifest.checkpoints.size() < 2) return std::nullopt;
  const std::int64_t newest = manifest.checkpoints.front().commit;
  for (std::size_t begin = 0; begin + merge_width <= manifest.segments.size(); ++begin) {
    const MergePlan plan{begin, begin + merge_width};
    if (suits(sources(manifest, plan), newest, limit)) return plan;
  }
  return std::nullopt;
}

std::vector<std::byte> merge(const fs::path& directory, const Manifest& manifest, MergePlan plan) {
  std::vector<H5File> files;
  for (const auto& part : sources(manifest, plan))
    files.push_back(H5File::open_bytes(read_stamped(directory, part.file), part.file.name));
  H5File merged = H5File::create_in_memory("merged segment");
  for (const auto& table : manifest.schema.tables)
    merge_rows(table, sources(manifest, plan), files, merged);
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
