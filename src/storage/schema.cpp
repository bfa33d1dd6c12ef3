#include "echelon/storage/schema.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

std::int64_t product(const std::vector<Dimension>& dims, std::size_t begin) {
  std::int64_t result = 1;
  for (std::size_t i = begin; i < dims.size(); ++i) result *= dims[i].size;
  return result;
}

void check_name(const std::string& name, const std::string& where) {
  require(!name.empty() && name.find('/') == std::string::npos, ExitCode::internal,
          "'{}' is no name for a column or an axis of table '{}'", name, where);
}

void check_column(const Table& table, const Column& column) {
  check_name(column.name, table.name);
  require(column.row_axis >= 0 && static_cast<std::size_t>(column.row_axis) <= column.dims.size(),
          ExitCode::internal, "column '{}' of '{}' has its row axis at {} of {} axes", column.name,
          table.name, column.row_axis, column.dims.size());
  std::set<std::string> seen{table.row_axis};
  for (const auto& dim : column.dims) {
    check_name(dim.name, table.name);
    require(dim.size > 0 && seen.insert(dim.name).second, ExitCode::internal,
            "axis '{}' of column '{}' of '{}' is empty or used twice", dim.name, column.name,
            table.name);
  }
  double elements = 1;
  for (const auto& dim : column.dims) elements *= static_cast<double>(dim.size);
  require(elements <= 0x1p40, ExitCode::internal, "a row of column '{}' of '{}' has {} elements",
          column.name, table.name, elements);
}

/// Equal but for texts that only people read.
bool same_layout(const Column& a, const Column& b) {
  return a.name == b.name && a.source() == b.source() && a.type == b.type && a.dims == b.dims &&
         a.row_axis == b.row_axis;
}

void unite(Table& stored, const Table& written) {
  require(stored.group == written.group && stored.row_axis == written.row_axis, ExitCode::data,
          "table '{}' of the run lies in '{}' along '{}' (this program writes it in '{}' along "
          "'{}': another version?)",
          stored.name, stored.group, stored.row_axis, written.group, written.row_axis);
  for (const auto& column : written.columns) {
    const Column* known = stored.find(column.name);
    require(known == nullptr || same_layout(*known, column), ExitCode::data,
            "column '{}' of table '{}' of the run is not of the shape and type that this program "
            "writes (another version?)",
            column.name, stored.name);
    if (known == nullptr) stored.columns.push_back(column);
  }
  for (const auto& name : written.coordinates)
    if (std::ranges::find(stored.coordinates, name) == stored.coordinates.end())
      stored.coordinates.push_back(name);
}

}  // namespace

std::int64_t Column::row_size() const { return product(dims, 0); }

std::int64_t Column::inner_size() const {
  return product(dims, static_cast<std::size_t>(row_axis));
}

std::vector<std::int64_t> Column::shape(std::int64_t rows) const {
  std::vector<std::int64_t> result;
  for (const auto& dim : dims) result.push_back(dim.size);
  result.insert(result.begin() + row_axis, rows);
  return result;
}

std::vector<std::string> Column::axes(const std::string& row_axis_name) const {
  std::vector<std::string> result;
  for (const auto& dim : dims) result.push_back(dim.name);
  result.insert(result.begin() + row_axis, row_axis_name);
  return result;
}

const Column* Table::find(std::string_view column) const {
  for (const auto& candidate : columns)
    if (candidate.name == column) return &candidate;
  return nullptr;
}

const Table* Schema::find(std::string_view table) const {
  for (const auto& candidate : tables)
    if (candidate.name == table) return &candidate;
  return nullptr;
}

void Schema::check() const {
  std::set<std::string> table_names;
  std::set<std::pair<std::string, std::string>> variables;
  std::map<std::pair<std::string, std::string>, Dimension> axes;
  for (const auto& table : tables) {
    require(table.name.starts_with('/') && table.group.starts_with('/') &&
                table_names.insert(table.name).second,
            ExitCode::internal, "table '{}' is defined twice or its name lacks a slash",
            table.name);
    const Dimension rows{table.row_axis, -1, 0};
    if (!table.latest_only())
      require(axes.try_emplace({table.group, table.row_axis}, rows).second, ExitCode::internal,
              "row axis '{}' of table '{}' is taken in group '{}'", table.row_axis, table.name,
              table.group);
    for (const auto& column : table.columns) {
      check_column(table, column);
      require(!table.latest_only() || !column.dims.empty(), ExitCode::internal,
              "column '{}' of '{}' has neither rows nor axes", column.name, table.name);
      require(variables.emplace(table.group, column.name).second, ExitCode::internal,
              "column '{}' appears twice in group '{}'", column.name, table.group);
      if (column.name == table.row_axis) {
        require(column.dims.empty(), ExitCode::internal,
                "column '{}' of '{}' names the row axis but has other axes", column.name,
                table.name);
        variables.erase({table.group, column.name});
      }
      for (const auto& dim : column.dims)
        require(axes.try_emplace({table.group, dim.name}, dim).first->second == dim,
                ExitCode::internal, "axis '{}' has two lengths in group '{}'", dim.name,
                table.group);
    }
  }
  for (const auto& variable : variables)
    require(!axes.contains(variable), ExitCode::internal,
            "column '{}' has the name of an axis of group '{}'", variable.second, variable.first);
}

Schema united(const Schema& stored, const Schema& written) {
  Schema result = stored;
  for (const auto& table : written.tables) {
    const auto same = std::ranges::find(result.tables, table.name, &Table::name);
    if (same == result.tables.end())
      result.tables.push_back(table);
    else
      unite(*same, table);
  }
  try {
    result.check();
  } catch (const Error& clash) {
    fail(ExitCode::data,
         fmt::format("the run has other tables than this program writes ({})", clash.what()));
  }
  return result;
}

}  // namespace echelon
