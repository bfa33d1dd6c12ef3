#include "echelon/storage/rows.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <type_traits>
#include <utility>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

/// The entry as T, floats widened to doubles.
template <class T>
std::vector<T> values_as(const Archive& archive, const std::string& name) {
  if constexpr (std::is_same_v<T, double>) {
    if (std::holds_alternative<std::vector<float>>(archive.arrays().at(name))) {
      const auto& narrow = archive.get<float>(name);
      return {narrow.begin(), narrow.end()};
    }
  }
  return archive.get<T>(name);
}

template <class T>
void append_share(const Table& table, const Column& column, const Archive& archive,
                  std::int64_t count, std::vector<T>& into) {
  if (!archive.has(column.source())) {
    into.insert(into.end(), static_cast<std::size_t>(count), filler<T>());
    return;
  }
  const auto values = values_as<T>(archive, column.source());
  require(static_cast<std::int64_t>(values.size()) == count, ExitCode::internal,
          "column '{}' of table '{}' got {} values (its axes say {})", column.name, table.name,
          values.size(), count);
  into.insert(into.end(), values.begin(), values.end());
}

template <class T>
void append_row(const Table& table, const Column& column, std::span<const Archive> row,
                std::vector<T>& into) {
  const bool shared = row.size() > 1 && !column.dims.empty() && column.dims[0].name == "chain";
  if (!shared) {
    append_share(table, column, row[0], column.row_size(), into);
    return;
  }
  const auto chains = static_cast<std::int64_t>(row.size());
  require(chains == column.dims[0].size, ExitCode::internal,
          "table '{}' got a row of {} chains (it has {})", table.name, chains, column.dims[0].size);
  for (const auto& archive : row)
    append_share(table, column, archive, column.row_size() / chains, into);
}

}  // namespace

std::string path_of(const Table& table, const Column& column) {
  return (table.group == "/" ? "" : table.group) + "/" + column.name;
}

H5Dims file_shape(const Table& table, const Column& column, std::int64_t rows) {
  H5Dims dims;
  for (const auto& dim : column.dims) dims.push_back(static_cast<std::uint64_t>(dim.size));
  if (!table.latest_only())
    dims.insert(dims.begin() + column.row_axis, static_cast<std::uint64_t>(rows));
  return dims;
}

H5Box row_box(const Table& table, const Column& column, std::int64_t first, std::int64_t count) {
  H5Box box{{}, file_shape(table, column, count)};
  box.start.assign(box.count.size(), 0);
  if (!table.latest_only())
    box.start[static_cast<std::size_t>(column.row_axis)] = static_cast<std::uint64_t>(first);
  return box;
}

RowBuffer::RowBuffer(Table table) : table_(std::move(table)) { clear(); }

void RowBuffer::append(std::span<const Archive> row) {
  require(!row.empty(), ExitCode::internal, "table '{}' got a row without archives", table_.name);
  std::set<std::string> known;
  for (const auto& column : table_.columns) known.insert(column.source());
  for (const auto& archive : row)
    for (const auto& [name, values] : archive.arrays())
      require(known.contains(name), ExitCode::internal, "table '{}' has no column '{}'",
              table_.name, name);
  if (table_.latest_only()) clear();
  for (std::size_t i = 0; i < table_.columns.size(); ++i)
    std::visit([&](auto& into) { append_row(table_, table_.columns[i], row, into); }, values_[i]);
  ++rows_;
}

void RowBuffer::write(H5File& segment) const {
  for (std::size_t i = 0; i < table_.columns.size(); ++i) {
    const Column& column = table_.columns[i];
    std::visit(
        [&](const auto& values) {
          using T = typename std::decay_t<decltype(values)>::value_type;
          const auto ordered = in_file_order<T>(column, values);
          segment.write_array<T>(path_of(table_, column), file_shape(table_, column, rows_),
                                 std::span<const T>(ordered));
        },
        values_[i]);
  }
}

void RowBuffer::clear() {
  values_.clear();
  for (const auto& column : table_.columns)
    values_.push_back(with_element(
        column.type, [](auto zero) -> Archive::Array { return std::vector<decltype(zero)>{}; }));
  rows_ = 0;
}

void create_rows(const Table& table, std::int64_t rows, H5File& segment) {
  for (const auto& column : table.columns)
    with_element(column.type, [&](auto zero) {
      segment.create_array<decltype(zero)>(path_of(table, column), file_shape(table, column, rows));
    });
}

void copy_rows(const Table& table, const H5File& from, std::int64_t rows, H5File& into,
               std::int64_t at) {
  for (const auto& column : table.columns)
    with_element(column.type, [&](auto zero) {
      using T = decltype(zero);
      const auto values = read_rows<T>(from, table, column, 0, rows);
      into.write_box<T>(path_of(table, column), row_box(table, column, at, rows), values);
    });
}

}  // namespace echelon
