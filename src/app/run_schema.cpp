#include "echelon/app/run_schema.hpp"

#include <fmt/format.h>

#include "echelon/tempering/sink.hpp"
#include "schema_parts.hpp"

namespace echelon {
namespace {

using enum ElementType;

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

// clang-format off
Table bounds_table(const Axes& axes) {
  const auto& [chain, rung, pair, layer] = axes;
  Table table{std::string(tables::bounds), "/bounds", "sweep", {
      column("sweep", {}, "sweeps done, warm-up included", int64, "sweep"),
      column("mean_train_loss", {rung}, "mean training loss of the rung in production"),
      column("mean_train_loss_mcse", {rung}, "its Monte-Carlo standard error"),
      column("divergence", {layer}, "D_k of layers 1 to k from their prior", real64, "nats"),
      column("divergence_mcse", {layer}, "its Monte-Carlo standard error", real64, "nats"),
      column("increment", {layer}, "E b_k^2: mean squared link of the chain of networks"),
      column("suggested_a", {layer}, "bound-optimal a_k at these D_k; 0 where the layer merges into the next"),
      column("certificate_pac", {{"delta", 1}}, "bound on the risk with probability 1 - bounds.delta")}};
  for (const auto& [name, meaning] : {
           std::pair{"free_energy", "V_0, trapezoid over the ladder"},
           {"free_energy_upper", "V_0, left sum: an upper bound in equilibrium"},
           {"free_energy_stepping_stone", "V_0 from the density ratios of neighbouring rungs"},
           {"certificate", "bound on the expected risk: free_energy_upper and the increments"}}) {
    table.columns.push_back(column(name, {}, meaning));
    table.columns.push_back(column(std::string(name) + "_mcse", {}, "its Monte-Carlo standard error"));
  }
  for (const auto& [name, meaning] : {
           std::pair{"certificate_paper", "certificate with the Lipschitz constant of the paper, 4"},
           {"single_scale_certificate", "the same run with all layers merged into one link"},
           {"information_gap", "bound on the generalisation gap from D_k >= I(S; W_1..W_k)"},
           {"worst_case_gap", "the same from the radii"},
           {"trivial_bound", "loss of answering every class alike"},
           {"train_loss", "mean training loss of the stored draws"},
           {"test_loss", "mean test loss of the stored draws"}})
    table.columns.push_back(column(name, {}, meaning));
  return table;
}
// clang-format on

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
  out.push_back(bounds_table(axes));
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
