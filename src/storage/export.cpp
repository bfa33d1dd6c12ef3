#include "echelon/storage/export.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "echelon/core/error.hpp"
#include "echelon/storage/rows.hpp"
#include "echelon/storage/run_view.hpp"
#include "echelon/storage/view.hpp"

namespace echelon {
namespace {

/// Tables of scalars, and the tables of weights whose draws they are cut to.
constexpr std::pair<const char*, const char*> aligned[] = {
    {"/sample_stats", "/posterior"}, {"/warmup_sample_stats", "/warmup_posterior"}};

std::vector<std::int64_t> all_rows(std::int64_t count) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

/// `sweep` of every row; all chains record at the same sweeps.
std::vector<std::int64_t> sweeps_of(const RunView& run, const std::string& table) {
  auto sweeps = run.read<std::int64_t>(table, "sweep");
  sweeps.resize(static_cast<std::size_t>(run.rows(table)));
  return sweeps;
}

/// Rows of a table that an export shows.
std::vector<std::int64_t> selected_rows(const RunView& run, const std::string& table) {
  for (const auto& [scalars, weights] : aligned) {
    if (table != scalars || !run.has(weights, "sweep") || !run.has(scalars, "sweep")) continue;
    if (run.rows(weights) == 0) break;
    const auto with_weights = sweeps_of(run, weights);
    const std::set<std::int64_t> wanted(with_weights.begin(), with_weights.end());
    const auto sweeps = sweeps_of(run, table);
    std::vector<std::int64_t> rows;
    for (std::size_t row = 0; row < sweeps.size(); ++row)
      if (wanted.contains(sweeps[row])) rows.push_back(static_cast<std::int64_t>(row));
    return rows;
  }
  return all_rows(run.rows(table));
}

bool has_chains(const Column& column) {
  return !column.dims.empty() && column.dims.front().name == "chain";
}

/// The column as it looks when the runs are put together.
Column joined(const Table& table, const Column& column, std::span<const RunView> runs) {
  Column result = column;
  if (runs.size() == 1 || column.name == table.row_axis) return result;
  std::int64_t chains = 0;
  for (const auto& run : runs) {
    const Table* other = run.manifest().schema.find(table.name);
    const Column* same = other == nullptr ? nullptr : other->find(column.name);
    require(
        same != nullptr && same->type == column.type && same->row_axis == column.row_axis &&
            std::equal(column.dims.begin(), column.dims.end(), same->dims.begin(), same->dims.end(),
                       [](const Dimension& a, const Dimension& b) {
                         return a.name == b.name && (a.size == b.size || a.name == "chain");
                       }),
        ExitCode::data, "'{}' and '{}' cannot be exported together (column '{}' of '{}' differs)",
        runs[0].path().string(), run.path().string(), column.name, table.name);
    if (has_chains(*same)) chains += same->dims.front().size;
  }
  if (has_chains(column)) {
    result.dims.front().size = chains;
  } else {
    result.dims.insert(result.dims.begin(), {"run", static_cast<std::int64_t>(runs.size())});
    ++result.row_axis;
  }
  return result;
}

template <class T>
std::vector<T> joined_values(const Table& table, const Column& column,
                             std::span<const RunView> runs,
                             std::span<const std::vector<std::int64_t>> rows, std::size_t count) {
  std::vector<std::vector<T>> parts;
  for (const auto& run : runs)
    parts.push_back(by_rows<T>(*run.manifest().schema.find(table.name)->find(column.name),
                               run.read<T>(table.name, column.name)));
  if (column.name == table.row_axis) parts.resize(1);
  std::vector<T> result;
  for (std::size_t row = 0; row < count; ++row)
    for (std::size_t run = 0; run < parts.size(); ++run) {
      const Column& own = *runs[run].manifest().schema.find(table.name)->find(column.name);
      const auto from = parts[run].begin() + rows[run][row] * own.row_size();
      result.insert(result.end(), from, from + own.row_size());
    }
  return result;
}

/// Row indices per run, all cut to the same number.
std::vector<std::vector<std::int64_t>> common_rows(const Table& table,
                                                   std::span<const RunView> runs,
                                                   std::vector<std::string>& notes) {
  std::vector<std::vector<std::int64_t>> rows;
  std::size_t fewest = 0;
  for (const auto& run : runs) {
    rows.push_back(selected_rows(run, table.name));
    fewest = rows.size() == 1 ? rows[0].size() : std::min(fewest, rows.back().size());
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (rows[i].size() > fewest)
      notes.push_back(fmt::format("{}: {} of {} rows of {} left out (another run has only {})",
                                  runs[i].path().string(), rows[i].size() - fewest, rows[i].size(),
                                  table.name, fewest));
    rows[i].resize(fewest);
  }
  return rows;
}

void write_table(H5File& file, const Table& table, std::span<const RunView> runs,
                 std::vector<std::string>& notes) {
  const auto rows = common_rows(table, runs, notes);
  const auto count = rows.front().size();
  if (table.latest_only() && count == 0) return;
  Table shown = table;
  file.create_group(table.group);
  write_origin(file, table.group, runs.front().manifest());
  for (auto& column : shown.columns) {
    const Column own = column;
    column = joined(table, own, runs);
    with_element(column.type, [&](auto zero) {
      using T = decltype(zero);
      const auto values = in_file_order<T>(column, joined_values<T>(table, own, runs, rows, count));
      file.write_array<T>(path_of(shown, column),
                          file_shape(shown, column, static_cast<std::int64_t>(count)),
                          std::span<const T>(values));
    });
  }
  describe_group(file, shown, static_cast<std::int64_t>(count));
}

}  // namespace

std::vector<std::string> export_runs(std::span<const fs::path> runs, const fs::path& file) {
  require(!runs.empty(), ExitCode::usage, "nothing to export (no run directory given)");
  std::vector<RunView> views;
  for (const auto& run : runs) views.emplace_back(run);
  std::vector<std::string> notes;
  for (const auto& view : views)
    notes.insert(notes.end(), view.warnings().begin(), view.warnings().end());
  H5File out = H5File::create_in_memory(file.filename().string());
  write_root(out, views.front().manifest());
  for (const auto& table : views.front().manifest().schema.tables)
    write_table(out, table, views, notes);
  const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
  atomic_write(directory, file.filename().string(), out.image());
  return notes;
}

}  // namespace echelon
