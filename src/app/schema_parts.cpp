#include "schema_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace echelon {
namespace {

using enum ElementType;

// clang-format off
struct Meaning {
  std::string_view name, text, units = "";
};
constexpr Meaning meanings[] = {
    {"train_loss", "mean loss over the training samples"},
    {"test_loss", "mean loss over the test samples"},
    {"train_error", "share of training samples whose largest output is not the label"},
    {"test_error", "share of test samples whose largest output is not the label"},
    {"lp", "log prior density relative to the reference, minus train_loss / a_d", "nats"},
    {"deviation_norm", "spectral norm of W_k - M_k"},
    {"spectral_norm", "spectral norm of W_k"},
    {"conditional_loss", "mean training loss over the exact law of the last layer given the others"},
};
// clang-format on

}  // namespace

Axes::Axes(const RunShape& shape)
    : chain{"chain", shape.ladders},
      rung{"rung", shape.rungs},
      pair{"pair", std::max(1, shape.rungs - 1)},
      layer{"layer", static_cast<std::int64_t>(shape.widths.size()) - 1, 1} {}

Column column(std::string name, std::vector<Dimension> dims, std::string meaning, ElementType type,
              std::string units) {
  const int row_axis = !dims.empty() && dims[0].name == "chain" ? 1 : 0;
  return {std::move(name), type, std::move(dims), row_axis, std::move(units), std::move(meaning)};
}

Table statistics_table(std::string_view name, std::string group, const Axes& axes,
                       const Archive& statistics) {
  Table table{std::string(name), std::move(group), "draw", {}};
  for (const auto& [column_name, values] : statistics.arrays()) {
    const auto size = std::visit([](const auto& v) { return std::int64_t(v.size()); }, values);
    std::vector<Dimension> dims{axes.chain};
    if (size > 1 || (size == axes.layer.size && column_name.ends_with("_norm")))
      dims.push_back(axes.layer);
    const auto known = std::ranges::find(meanings, column_name, &Meaning::name);
    const bool found = known != std::end(meanings);
    table.columns.push_back(column(column_name, std::move(dims),
                                   std::string(found ? known->text : column_name), real64,
                                   std::string(found ? known->units : "")));
  }
  table.columns.push_back(
      column("replica", {axes.chain}, "id of the replica that made the draw", int64));
  table.columns.push_back(column("sweep", {axes.chain}, "sweeps done, warm-up included", int64));
  return table;
}

std::vector<Column> report_columns(const Axes& axes, std::span<const std::string> report_names,
                                   const std::vector<Dimension>& dims) {
  std::vector<Column> columns;
  for (auto first = report_names.begin(); first != report_names.end();) {
    const auto last =
        std::find_if(first, report_names.end(), [&](const auto& other) { return other != *first; });
    Column report{*first, real64, dims, 0, "", *first};
    if (last - first == axes.layer.size)
      report.dims.push_back(axes.layer);
    else if (last - first > 1)
      report.dims.push_back({*first + "_entry", last - first});
    columns.push_back(std::move(report));
    first = last;
  }
  return columns;
}

Table weights_table(std::string_view name, std::string group, const RunShape& shape) {
  Table table{std::string(name), std::move(group), "draw", {}};
  for (std::size_t k = 1; k < shape.widths.size(); ++k) {
    const auto w = fmt::format("W{}", k);
    table.columns.push_back(column(
        w, {Axes(shape).chain, {w + "_out", shape.widths[k]}, {w + "_in", shape.widths[k - 1]}},
        fmt::format("weights of layer {}", k), shape.weights));
  }
  // By this an export finds the scalars of the same draw; readers need not take it for a variable.
  table.columns.push_back(
      column("sweep", {Axes(shape).chain}, "sweeps done, warm-up included", int64));
  table.coordinates = {"sweep"};
  return table;
}

}  // namespace echelon
