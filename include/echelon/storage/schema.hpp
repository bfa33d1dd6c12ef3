#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace echelon {

enum class ElementType { real64, real32, int64 };

/// Calls `action` with a zero of the C++ type behind an element type.
template <class Action>
auto with_element(ElementType type, Action&& action) {
  switch (type) {
    case ElementType::real64:
      return action(double{});
    case ElementType::real32:
      return action(float{});
    case ElementType::int64:
      break;
  }
  return action(std::int64_t{});
}

/// An axis of fixed length. Its coordinate values are first, first + 1, ...
struct Dimension {
  std::string name;
  std::int64_t size = 0;
  std::int64_t first = 0;
  bool operator==(const Dimension&) const = default;
};

/// One variable of a table. `dims` are its fixed axes in file order; the table's row axis is
/// inserted before dims[row_axis] (after the last when row_axis == dims.size()).
struct Column {
  std::string name;
  ElementType type = ElementType::real64;
  std::vector<Dimension> dims;
  int row_axis = 0;
  std::string units;             ///< "" is written as "1"
  std::string long_name;         ///< one line that says what it is
  std::string recorded_as = {};  ///< its name in record() when that differs
  bool operator==(const Column&) const = default;

  const std::string& source() const { return recorded_as.empty() ? name : recorded_as; }
  /// Elements of one row.
  std::int64_t row_size() const;
  /// Elements of one row that follow one index of the axes before the row axis.
  std::int64_t inner_size() const;
  /// File shape of `rows` rows.
  std::vector<std::int64_t> shape(std::int64_t rows) const;
  std::vector<std::string> axes(const std::string& row_axis_name) const;
};

/// Rows recorded together. A column named like the row axis, without other axes, holds that axis'
/// coordinate values (else they are 0, 1, ...). Columns listed in `coordinates` become auxiliary
/// coordinates (the CF attribute of that name), so that readers do not take them for variables.
/// Several tables may share a group if their row axes differ.
struct Table {
  std::string name;      ///< what record() calls it, e.g. "/posterior"
  std::string group;     ///< where the view shows it, e.g. "/posterior"
  std::string row_axis;  ///< e.g. "draw"; "" keeps only the latest row, shown without that axis
  std::vector<Column> columns;
  std::vector<std::string> coordinates = {};
  bool operator==(const Table&) const = default;

  bool latest_only() const { return row_axis.empty(); }
  const Column* find(std::string_view column) const;
};

struct Schema {
  std::vector<Table> tables;
  bool operator==(const Schema&) const = default;

  const Table* find(std::string_view table) const;
  /// Error(internal) on names used twice, sizes below 1, a misplaced row axis, or one axis name
  /// with two lengths in a group.
  void check() const;
};

/// The tables and columns of both, those of `stored` first: what a run begun with the one looks
/// like to a program that writes the other. Rows recorded without a column read as NaN or -1 there.
/// Error(data) when the two disagree on something they share.
Schema united(const Schema& stored, const Schema& written);

}  // namespace echelon
