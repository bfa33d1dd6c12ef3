#pragma once

#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/storage/h5/h5.hpp"
#include "echelon/storage/manifest.hpp"
#include "echelon/storage/schema.hpp"

namespace echelon {

/// Where a column lies in segments and in the view.
std::string path_of(const Table& table, const Column& column);
/// The file shape of `rows` rows of a column (a latest-only table shows no row axis).
H5Dims file_shape(const Table& table, const Column& column, std::int64_t rows);
/// The part of that shape that rows [first, first + count) take.
H5Box row_box(const Table& table, const Column& column, std::int64_t first, std::int64_t count);

/// What stands for a value that was never recorded.
template <class T>
constexpr T filler() {
  if constexpr (std::is_floating_point_v<T>) return std::numeric_limits<T>::quiet_NaN();
  return static_cast<T>(-1);
}

/// Rows [first, first + count) of a column in an open segment, in file order; filler where the
/// segment is of a program that did not know the column.
template <class T>
std::vector<T> read_rows(const H5File& segment, const Table& table, const Column& column,
                         std::int64_t first, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count * column.row_size()), filler<T>());
  if (const std::string path = path_of(table, column); segment.exists(path))
    segment.read_box<T>(path, row_box(table, column, first, count), values);
  return values;
}

/// Row after row becomes file order: the row axis moves from the front to its place.
template <class T>
std::vector<T> in_file_order(const Column& column, const std::vector<T>& rows) {
  const auto inner = column.inner_size();
  const auto size = column.row_size();
  const auto count = static_cast<std::ptrdiff_t>(rows.size());
  std::vector<T> result;
  result.reserve(rows.size());
  for (std::ptrdiff_t outer = 0; outer < size; outer += inner)
    for (std::ptrdiff_t row = 0; row < count; row += size) {
      const auto from = rows.begin() + row + outer;
      result.insert(result.end(), from, from + inner);
    }
  return result;
}

/// The inverse: file order becomes row after row.
template <class T>
std::vector<T> by_rows(const Column& column, const std::vector<T>& values) {
  const auto inner = column.inner_size();
  const auto outer = column.row_size() / inner;
  const auto rows = static_cast<std::ptrdiff_t>(values.size()) / column.row_size();
  std::vector<T> result;
  result.reserve(values.size());
  for (std::ptrdiff_t row = 0; row < rows; ++row)
    for (std::ptrdiff_t o = 0; o < outer; ++o) {
      const auto from = values.begin() + (o * rows + row) * inner;
      result.insert(result.end(), from, from + inner);
    }
  return result;
}

/// Rows of one table that wait for the next commit.
class RowBuffer {
 public:
  explicit RowBuffer(Table table);

  /// Appends one row. One archive gives everything; several give their chain's share of the columns
  /// that begin with a chain axis, the first gives the others. Columns left out are filled with NaN
  /// or -1; floats widen to real64. Error(internal) on unknown names, other types or lengths.
  void append(std::span<const Archive> row);
  std::int64_t rows() const { return rows_; }
  const Table& table() const { return table_; }
  /// Writes all rows (of a latest-only table the last) into a segment.
  void write(H5File& segment) const;
  void clear();

 private:
  Table table_;
  std::vector<Archive::Array> values_;  // per column, row after row
  std::int64_t rows_ = 0;
};

/// Makes room in a segment for that many rows of a table; all of them are then to be copied.
void create_rows(const Table& table, std::int64_t rows, H5File& segment);
/// Copies all `rows` rows of a table from one open segment into another, from row `at` on.
void copy_rows(const Table& table, const H5File& from, std::int64_t rows, H5File& into,
               std::int64_t at);

}  // namespace echelon
