#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <limits>

#include "../arguments.hpp"
#include "../journal.hpp"
#include "../read/ladder_state.hpp"
#include "../read/print.hpp"
#include "../read/run_state.hpp"
#include "commands.hpp"

namespace echelon {
namespace {

double seconds_to_go(const RunState& state) {
  return state.seconds_per_sweep * static_cast<double>(state.last_sweep - state.sweep);
}

nlohmann::json to_json(const LadderState& ladder) {
  nlohmann::json out = {{"beta", json_numbers(ladder.beta)},
                        {"mean_train_loss", json_numbers(ladder.mean_train_loss)},
                        {"swap_acceptance", json_numbers(ladder.swap_acceptance)},
                        {"local_barrier", json_numbers(ladder.local_barrier)},
                        {"barrier", json_numbers(ladder.barrier)},
                        {"suggested_rungs", ladder.suggested_rungs()},
                        {"round_trips", ladder.round_trips}};
  for (const auto& [name, values] : {std::pair("temperature", &ladder.temperature),
                                     {"acceptance", &ladder.acceptance},
                                     {"step", &ladder.step}}) {
    out[name] = nlohmann::json::array();
    for (const auto& layers : *values) out[name].push_back(json_numbers(layers));
  }
  const auto& z = ladder.log_normaliser;
  out["log_normaliser"] = {{"up", json_number(z.up)},
                           {"down", json_number(z.down)},
                           {"left", json_number(z.left)},
                           {"right", json_number(z.right)},
                           {"biased", z.biased}};
  const auto& travel = ladder.travel;
  out["travel"] = {{"round_trips", travel.trips},
                   {"exchanges", travel.exchanges},
                   {"replicas", travel.travellers},
                   {"rate", json_number(travel.rate)},
                   {"predicted_rate", json_number(travel.predicted)},
                   {"limit", json_number(travel.limit)},
                   {"efficiency", json_number(travel.rate / travel.limit)}};
  return out;
}

nlohmann::json to_json(const RunView& run, const RunState& state, const LadderState& ladder) {
  nlohmann::json out = {{"path", run.path().string()},
                        {"state", name_of(state.activity)},
                        {"sweeps_done", state.sweep},
                        {"warmup", state.warmup},
                        {"last_sweep", state.last_sweep},
                        {"seconds_per_sweep", json_number(state.seconds_per_sweep)},
                        {"seconds_to_go", json_number(seconds_to_go(state))},
                        {"seconds_since_commit", json_number(state.seconds_since_commit)},
                        {"waiting_share", json_number(state.shares.waiting)},
                        {"communication_share", json_number(state.shares.communication)},
                        {"swap_terms_share", json_number(state.shares.swap_terms)},
                        {"commit_share", json_number(state.shares.committing)},
                        {"commit_seconds", state.commit_seconds},
                        {"lock", state.holder}};
  out["ladder"] = to_json(ladder);
  out["quantities"] = summary_json(read_scalars(std::span(&run, 1)));
  return out;
}

std::string headline(const RunView& run, const RunState& state) {
  auto out = fmt::format("{}: {}, sweep {} of {}", run.path().string(), name_of(state.activity),
                         state.sweep, state.last_sweep);
  if (state.warmup > 0) out += fmt::format(" ({} of them warm-up)", state.warmup);
  out += fmt::format(", committed {} ago\n", clock_time(state.seconds_since_commit));
  if (state.activity == Activity::running) out += fmt::format("held by {}\n", state.holder);
  if (state.activity == Activity::elsewhere)
    out += fmt::format("last held by {}, another machine: whether it still runs shows only there\n",
                       state.holder);
  if (state.activity == Activity::stopped)
    out += fmt::format("last held by {}: run the same command again to go on\n", state.holder);
  if (!std::isnan(state.seconds_per_sweep))
    out += fmt::format(
        "{:.3g} s a sweep, {} to go; of the time {} % waiting for other ranks, {} % "
        "their communication at swaps, {} % computing what decides swaps\n",
        state.seconds_per_sweep, clock_time(seconds_to_go(state)),
        shown(100 * state.shares.waiting, 2), shown(100 * state.shares.communication, 2),
        shown(100 * state.shares.swap_terms, 2));
  if (!std::isnan(state.shares.committing))
    out += fmt::format("commits every {} took {} % of the time\n", clock_time(state.commit_seconds),
                       shown(100 * state.shares.committing, 2));
  return out;
}

void print(const RunView& run) {
  const auto state = read_state(run);
  const auto ladder = read_ladder(run);
  std::cout << headline(run, state);
  if (!ladder.beta.empty()) std::cout << '\n' << ladder_table(ladder);
  std::cout << ladder_verdict(ladder);
  const auto scalars = read_scalars(std::span(&run, 1));
  if (!scalars.empty() && !scalars[0].chains[0].empty())
    std::cout << '\n' << summary_table(scalars, false);
}

/// One line for each of many runs; folders that hold none (yet) have theirs.
std::string overview(std::span<const std::string> directories) {
  TextTable table(
      {"run", "state", "sweep", "of", "to go", "train_loss", "mcse", "ess_bulk", "r_hat"});
  for (const auto& directory : directories) {
    if (!find_manifest(directory)) {
      table.add({directory, "no run"});
      continue;
    }
    const RunView run(directory, Check::sizes);
    const auto state = read_state(run);
    const auto scalars = read_scalars(std::span(&run, 1));
    const auto loss = std::ranges::find(scalars, "train_loss", &Series::name);
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const Summary all =
        loss == scalars.end() ? Summary{nan, nan, nan, nan, nan, nan} : summarize(*loss);
    const bool timed = !std::isnan(state.seconds_per_sweep);
    table.add({directory, std::string(name_of(state.activity)), std::to_string(state.sweep),
               std::to_string(state.last_sweep), timed ? clock_time(seconds_to_go(state)) : "-",
               shown(all.mean, 6), shown(all.mcse, 2), shown(all.ess_bulk, 3), shown(all.rhat, 4)});
  }
  return table.text();
}

}  // namespace

int status_command(const Command& command, Words words) {
  boost::program_options::options_description options("Options");
  options.add_options()("json", "machine-readable output");
  const auto arguments = parse_arguments(command, words, options, {1, 1000});
  if (!arguments) return 0;
  if (arguments->words.size() > 1 && !arguments->has("json")) {
    std::cout << overview(arguments->words);
    return 0;
  }
  auto all = nlohmann::json::array();
  for (const auto& word : arguments->words) {
    const RunView run(word, Check::sizes);
    for (const auto& warning : run.warnings()) fmt::print(stderr, "warning: {}\n", warning);
    if (arguments->has("json"))
      all.push_back(to_json(run, read_state(run), read_ladder(run)));
    else
      print(run);
  }
  if (arguments->has("json")) std::cout << (all.size() == 1 ? all[0] : all).dump(2) << '\n';
  return 0;
}

}  // namespace echelon
