#include "echelon/app/run_schema.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "echelon/tempering/sink.hpp"

namespace echelon {
namespace {

using enum ElementType;

/// The axes that the columns of one run share.
struct Axes {
  explicit Axes(const RunShape& shape)
      : chain{"chain", shape.ladders},
        rung{"rung", shape.rungs},
        pair{"pair", std::max(1, shape.rungs - 1)},
        layer{"layer", static_cast<std::int64_t>(shape.widths.size()) - 1, 1} {}
  Dimension chain, rung, pair, layer;
};

/// A column with the row axis behind the chain axis, if it has one, else in front.
Column column(std::string name, std::vector<Dimension> dims, std::string meaning,
              ElementType type = real64, std::string units = "") {
  const int row_axis = !dims.empty() && dims[0].name == "chain" ? 1 : 0;
  return {std::move(name), type, std::move(dims), row_axis, std::move(units), std::move(meaning)};
}

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

/// What the target reports, as (dims...) or, where a name repeats, (dims..., layer).
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

// clang-format off
Table rounds_table(const Axes& axes, std::span<const std::string> report_names) {
  const auto& [chain, rung, pair, layer] = axes;
  Table table{std::string(tables::rounds), "/ladder", "round", {
      column("beta", {rung}, "inverse scale of the rung: its temperatures are a_k / beta (NaN with ladder.table)"),
      column("swap_acceptance", {pair}, "mean acceptance probability of exchanging rungs i and i + 1"),
      column("barrier", {rung}, "rejection rates summed up to the rung; the last is the global barrier"),
      column("local_barrier", {pair}, "rejection rate of rungs i and i + 1 over their distance in beta"),
      column("mean_train_loss", {rung}, "training loss averaged over the sweeps of the round"),
      column("log_normaliser_up", {pair}, "log Z of rung i + 1 minus log Z of rung i, from draws at rung i", real64, "nats"),
      column("log_normaliser_down", {pair}, "the same from draws at rung i + 1", real64, "nats"),
      column("log_normaliser_left", {pair}, "the same by integrating the mean loss over beta, left sum: not above it in equilibrium", real64, "nats"),
      column("log_normaliser_right", {pair}, "the same by the right sum: not below it in equilibrium", real64, "nats")}};
  auto& out = table.columns;
  // The row axis of these stands in front, as for the others of the round.
  out.push_back({"round_trips", int64, {chain}, 0, "", "journeys from rung 0 to the last rung and back so far"});
  out.push_back({"replica_round_trips", int64, {chain, rung}, 0, "", "the same by replica id"});
  out.push_back({"undecided_swaps", int64, {pair}, 0, "", "offered exchanges without a number to decide on: refused"});
  out.push_back({"last_sweep", int64, {}, 0, "", "last sweep of the round", "sweep"});
  out.push_back({"warmup", int64, {}, 0, "", "1 for a round of the warm-up, in which the sampler adapts"});
  out.push_back({"round_step", real64, {rung, layer}, 0, "", "standard deviation of the layer's proposals", "step"});
  for (auto& report : report_columns(axes, report_names, {rung})) {
    report.recorded_as = report.name;
    report.name = "round_" + report.name;
    report.long_name += ", averaged over the sweeps of the round";
    out.push_back(std::move(report));
  }
  return table;
}
// clang-format on

/// W1 (chain, draw, W1_out, W1_in), W2, ...
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

Table trace_table(std::string_view name, std::string group, std::vector<Column> columns) {
  for (auto& entry : columns) entry.row_axis = 2;  // (chain, rung, sweep)
  return {std::string(name), std::move(group), "sweep", std::move(columns)};
}

}  // namespace

Schema run_schema(const RunShape& shape, std::span<const std::string> report_names,
                  const Archive& statistics) {
  const Axes axes(shape);
  const auto& [chain, rung, pair, layer] = axes;
  Schema schema;
  auto& out = schema.tables;
  // clang-format off
  auto traces = report_columns(axes, report_names, {chain, rung});
  traces.push_back(column("train_loss", {chain, rung}, "training loss of the draw at each rung"));
  traces.push_back(column("log_ratio", {chain, rung}, "log density ratio towards the rung offered in exchange", real64, "nats"));
  out.push_back(trace_table(tables::trace, "/trace", std::move(traces)));
  out.push_back(trace_table(tables::index_process, "/ladder", {
      column("replica_at", {chain, rung}, "id of the replica at the rung", int64)}));
  out.push_back(rounds_table(axes, report_names));
  out.push_back({std::string(tables::ladder_kernel), "/ladder", "", {
      column("temperature", {rung, layer}, "A_k / beta, the temperature of layer k", real64, "mean loss"),
      column("acceptance", {rung, layer}, "mean acceptance of the layer's proposals in the last round"),
      column("step", {rung, layer}, "standard deviation of the layer's proposals in the last round")}});
  out.push_back(statistics_table(tables::sample_stats, "/sample_stats", axes, statistics));
  out.push_back(statistics_table(tables::warmup_sample_stats, "/warmup_sample_stats", axes, statistics));
  if (shape.stores_weights) {
    out.push_back(weights_table(tables::posterior, "/posterior", shape));
    out.push_back(weights_table(tables::warmup_posterior, "/warmup_posterior", shape));
  }
  out.push_back({std::string(tables::timing), "/timing", "row", {
      column("sweep", {}, "sweeps done at the commit", int64),
      column("rank", {}, "rank of the job", int64),
      column("wall", {}, "seconds since the run began or was resumed", real64, "s"),
      column("waiting", {}, "of these spent waiting for other ranks at swaps", real64, "s"),
      column("swap_terms", {}, "of these spent computing what decides swaps", real64, "s"),
      column("communication", {}, "what the exchanges themselves took, which all ranks waited for", real64, "s"),
      column("committing", {}, "seconds spent on earlier commits", real64, "s")}});
  // clang-format on
  schema.check();
  return schema;
}

}  // namespace echelon
