#include "echelon/app/run_schema.hpp"

#include <fmt/format.h>

#include "echelon/tempering/sink.hpp"

namespace echelon {
namespace {

using enum ElementType;

std::vector<Column> statistics_columns(const Dimension& chain, const Dimension& layer) {
  const auto scalar = [&](std::string name, std::string meaning, ElementType type = real64) {
    return Column{std::move(name), type, {chain}, 1, "", std::move(meaning)};
  };
  const auto per_layer = [&](std::string name, std::string meaning) {
    return Column{std::move(name), real64, {chain, layer}, 1, "", std::move(meaning)};
  };
  return {scalar("train_loss", "mean loss over the training samples"),
          scalar("test_loss", "mean loss over the test samples"),
          scalar("train_error", "share of training samples whose largest output is not the label"),
          scalar("test_error", "share of test samples whose largest output is not the label"),
          scalar("lp", "log density of the draw up to a constant"),
          scalar("replica", "id of the replica that made the draw", int64),
          scalar("sweep", "sweeps done, warm-up included", int64),
          per_layer("deviation_norm", "spectral norm of W_k - M_k"),
          per_layer("spectral_norm", "spectral norm of W_k")};
}

/// W1 (chain, draw, W1_out, W1_in), W2, ...
std::vector<Column> weight_columns(const RunShape& shape, const Dimension& chain) {
  std::vector<Column> columns;
  for (std::size_t k = 1; k < shape.widths.size(); ++k) {
    const auto name = fmt::format("W{}", k);
    columns.push_back(
        {name,
         shape.weights,
         {chain, {name + "_out", shape.widths[k]}, {name + "_in", shape.widths[k - 1]}},
         1,
         "",
         fmt::format("weights of layer {}", k)});
  }
  return columns;
}

std::vector<Column> round_columns(const RunShape& shape,
                                  std::span<const RungColumn> target_columns) {
  const Dimension chain{"chain", shape.ladders};
  const Dimension rung{"rung", shape.rungs};
  const Dimension pair{"pair", std::max(1, shape.rungs - 1)};
  std::vector<Column> columns = {
      {"beta", real64, {rung}, 0, "", "inverse scale of the rung: temperatures are a_k / beta"},
      {"swap_acceptance",
       real64,
       {pair},
       0,
       "",
       "mean acceptance probability of exchanging rungs i and i + 1"},
      {"barrier",
       real64,
       {rung},
       0,
       "",
       "rejection rates summed up to the rung; the last is the global barrier"},
      {"round_trips",
       int64,
       {chain},
       0,
       "",
       "journeys from rung 0 to the last rung and back so far"},
      {"replica_round_trips", int64, {chain, rung}, 0, "", "the same by replica id"},
      {"mean_train_loss", real64, {rung}, 0, "", "training loss averaged over the round's sweeps"},
      {"log_normaliser_up",
       real64,
       {pair},
       0,
       "",
       "log Z of rung i + 1 minus that of rung i, stepping stones from below"},
      {"log_normaliser_down", real64, {pair}, 0, "", "the same from above"},
      {"last_sweep", int64, {}, 0, "", "last sweep of the round", "sweep"},
      {"warmup", int64, {}, 0, "", "1 for rounds of the warm-up, in which the sampler adapts"}};
  for (const auto& [name, entries] : target_columns) {
    columns.push_back(
        {"round_" + name, real64, {rung}, 0, "", fmt::format("{} in the round", name), name});
    if (entries > 1) columns.back().dims.push_back({"layer", entries, 1});
  }
  return columns;
}

}  // namespace

std::vector<RungColumn> rung_columns(std::span<const std::string> names) {
  std::vector<RungColumn> columns;
  for (const auto& name : names) {
    if (!columns.empty() && columns.back().name == name)
      ++columns.back().entries;
    else
      columns.push_back({name, 1});
  }
  return columns;
}

Schema run_schema(const RunShape& shape, std::span<const RungColumn> target_columns) {
  const Dimension chain{"chain", shape.ladders};
  const Dimension rung{"rung", shape.rungs};
  const Dimension layer{"layer", static_cast<std::int64_t>(shape.widths.size()) - 1, 1};
  const auto name = [](std::string_view table) { return std::string(table); };
  Schema schema;
  auto& out = schema.tables;
  out.push_back(
      {name(tables::trace),
       "/trace",
       "sweep",
       {{"train_loss", real64, {chain, rung}, 2, "", "training loss of the draw at each rung"},
        {"log_ratio",
         real64,
         {chain, rung},
         2,
         "nats",
         "log density ratio towards the rung offered in exchange"}}});
  out.push_back({name(tables::index_process),
                 "/ladder",
                 "sweep",
                 {{"replica_at", int64, {chain, rung}, 2, "", "id of the replica at the rung"}}});
  out.push_back({name(tables::rounds), "/ladder", "round", round_columns(shape, target_columns)});
  out.push_back({name(tables::ladder_static),
                 "/ladder",
                 "",
                 {{"temperature",
                   real64,
                   {rung, layer},
                   0,
                   "mean loss",
                   "A_k / beta, the temperature of layer k on the rung"}}});
  for (const auto& [stats, group] : {std::pair{tables::sample_stats, "/sample_stats"},
                                     {tables::warmup_sample_stats, "/warmup_sample_stats"}})
    out.push_back({name(stats), group, "draw", statistics_columns(chain, layer), {"sweep"}});
  if (shape.stores_weights)
    for (const auto& [weights, group] : {std::pair{tables::posterior, "/posterior"},
                                         {tables::warmup_posterior, "/warmup_posterior"}})
      out.push_back({name(weights), group, "draw", weight_columns(shape, chain)});
  out.push_back({name(tables::timing),
                 "/timing",
                 "row",
                 {{"sweep", int64, {}, 0, "", "sweeps done at the commit"},
                  {"rank", int64, {}, 0, "", "rank of the job"},
                  {"wall", real64, {}, 0, "s", "seconds since the run began or was resumed"},
                  {"waiting", real64, {}, 0, "s", "of these spent waiting for other ranks"}}});
  schema.check();
  return schema;
}

}  // namespace echelon
