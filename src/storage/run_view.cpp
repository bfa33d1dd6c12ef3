#include "echelon/storage/run_view.hpp"

#include <algorithm>
#include <utility>

#include "echelon/core/error.hpp"
#include "echelon/storage/rows.hpp"

namespace echelon {
namespace {

FoundManifest manifest_of(const fs::path& directory) {
  auto found = find_manifest(directory);
  require(found.has_value(), ExitCode::no_input,
          "'{}' holds no run (it has no manifest) give a directory that `run --out` wrote",
          directory.string());
  return std::move(*found);
}

/// Copies `count` rows beginning at `from_row` of one box into another; both are in file order and
/// differ only in how many rows they have.
template <class T>
void copy_rows(const Column& column, std::span<const T> from, std::int64_t from_rows,
               std::int64_t at_row, std::span<T> into, std::int64_t into_rows) {
  const auto inner = column.inner_size();
  const auto outer = column.row_size() / inner;
  for (std::int64_t o = 0; o < outer; ++o) {
    const auto source = from.subspan(static_cast<std::size_t>(o * from_rows * inner),
                                     static_cast<std::size_t>(from_rows * inner));
    std::copy(source.begin(), source.end(), into.begin() + (o * into_rows + at_row) * inner);
  }
}

}  // namespace

RunView::RunView(fs::path directory, Check check)
    : path_(std::move(directory)), found_(manifest_of(path_)) {
  while (true) try {
      open_segments(check);
      return;
    } catch (const Error&) {
      // A live run may have merged and removed segments since: then there is a newer manifest.
      FoundManifest again = manifest_of(path_);
      if (again.manifest.commit == found_.manifest.commit) throw;
      found_ = std::move(again);
    }
}

void RunView::open_segments(Check check) {
  segments_.clear();
  for (const auto& segment : found_.manifest.segments) {
    if (check == Check::hashes)
      check_stamp(path_, segment.file);
    else
      check_size(path_, segment.file);
    segments_.push_back(H5File::open(path_ / segment.file.name));
  }
}

RunView::Place RunView::find(std::string_view table, std::string_view column) const {
  const Table* found = manifest().schema.find(table);
  const Column* place = found == nullptr ? nullptr : found->find(column);
  require(place != nullptr, ExitCode::data, "'{}' has no column '{}' in table '{}'", path_.string(),
          column, table);
  return {*found, *place};
}

bool RunView::has(std::string_view table, std::string_view column) const {
  const Table* found = manifest().schema.find(table);
  return found != nullptr && found->find(column) != nullptr;
}

std::int64_t RunView::rows(std::string_view table) const {
  const Table* found = manifest().schema.find(table);
  return found == nullptr ? 0 : manifest().shown_rows(*found);
}

H5Dims RunView::shape(std::string_view table, std::string_view column) const {
  const auto [t, c] = find(table, column);
  return file_shape(t, c, rows(table));
}

template <class T>
std::vector<T> RunView::read(std::string_view table, std::string_view column) const {
  return read<T>(table, column, 0, rows(table));
}

template <class T>
std::vector<T> RunView::read(std::string_view table, std::string_view column, std::int64_t first,
                             std::int64_t count) const {
  const auto [t, c] = find(table, column);
  require(first >= 0 && count >= 0 && first + count <= rows(table), ExitCode::internal,
          "rows {} to {} of table '{}' were asked for (it has {})", first, first + count, table,
          rows(table));
  std::vector<T> result(static_cast<std::size_t>(count * c.row_size()));
  std::int64_t segment_first = 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const auto held = manifest().segments[i].rows.find(t.name);
    if (held == manifest().segments[i].rows.end()) continue;
    if (t.latest_only()) segment_first = 0;
    const std::int64_t begin = std::max(first, segment_first);
    const std::int64_t end = std::min(first + count, segment_first + held->second);
    if (begin < end) {
      const auto part = read_rows<T>(segments_[i], t, c, begin - segment_first, end - begin);
      copy_rows<T>(c, part, end - begin, begin - first, result, count);
    }
    segment_first += held->second;
  }
  return result;
}

#define ECHELON_READ(T)                                                                   \
  template std::vector<T> RunView::read(std::string_view, std::string_view) const;        \
  template std::vector<T> RunView::read(std::string_view, std::string_view, std::int64_t, \
                                        std::int64_t) const;
ECHELON_READ(double)
ECHELON_READ(float)
ECHELON_READ(std::int64_t)
#undef ECHELON_READ

Snapshot RunView::snapshot() const {
  Generation generation = newest_valid(path_, manifest());
  require(generation.snapshot.has_value(), ExitCode::no_input, "'{}' has no checkpoint yet",
          path_.string());
  return std::move(*generation.snapshot);
}

}  // namespace echelon
