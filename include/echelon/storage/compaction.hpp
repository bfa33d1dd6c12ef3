#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "echelon/storage/manifest.hpp"

namespace echelon {

/// Merging this many segments of one level makes one of the next: a run of N commits keeps at most
/// about (merge_width - 1) log(N) / log(merge_width) segments, as long as these are small, and
/// copies a draw log(N) / log(merge_width) times.
inline constexpr std::size_t merge_width = 8;

/// Segments [begin, end) of a manifest to be merged next.
struct MergePlan {
  std::size_t begin = 0, end = 0;
};
/// Only draws that the older checkpoint already covers are merged, so that falling back to it
/// never has to cut a segment in two. Where merge_width segments exceed `limit` bytes, as many as
/// do not are merged: of large ones there are about two per `limit`.
std::optional<MergePlan> plan_merge(const Manifest& manifest, std::uint64_t limit);

/// The merged segment's file image; checks the hash of every source before parsing it.
std::vector<std::byte> merge(const fs::path& directory, const Manifest& manifest, MergePlan plan);

/// The entry that replaces the sources'; its file is still to be written.
Segment merged_entry(const Manifest& manifest, MergePlan plan);

}  // namespace echelon
