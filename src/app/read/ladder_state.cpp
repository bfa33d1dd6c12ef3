#include "ladder_state.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "echelon/app/config.hpp"
#include "echelon/app/run_schema.hpp"
#include "echelon/diagnostics/barrier.hpp"
#include "echelon/tempering/sink.hpp"
#include "print.hpp"

namespace echelon {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// rung x layer values as one vector per rung.
std::vector<std::vector<double>> by_rung(const std::vector<double>& values, std::size_t rungs,
                                         std::size_t room) {
  std::vector<std::vector<double>> out;
  const auto layers = static_cast<std::ptrdiff_t>(values.size() / room);
  for (std::size_t rung = 0; rung < rungs && layers > 0; ++rung) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(rung) * layers;
    out.emplace_back(begin, begin + layers);
  }
  return out;
}

std::string listed(const std::vector<std::vector<double>>& values, std::size_t rung) {
  if (rung >= values.size()) return "-";
  std::vector<std::string> entries;
  for (const double x : values[rung]) entries.push_back(shown(x, 2));
  return fmt::format("{}", fmt::join(entries, " "));
}

/// One row of the table of rounds; `row` -1 is the state before the first, with no trip made.
struct RoundRow {
  const RunView& run;
  std::int64_t row;

  std::vector<double> reals(std::string_view column, std::size_t size) const {
    if (!run.has(tables::rounds, column)) return std::vector<double>(size, nan);
    auto values = run.read<double>(tables::rounds, column, row, 1);
    values.resize(size);
    return values;
  }
  std::vector<std::int64_t> integers(std::string_view column) const {
    return run.read<std::int64_t>(tables::rounds, column, row, 1);
  }
  std::int64_t integer(std::string_view column) const {
    return row < 0 ? 0 : integers(column).at(0);
  }
};

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// The last row of the warm-up, if the last of all comes after it.
std::int64_t row_before_production(const RunView& run, std::int64_t rows) {
  const auto warmup = run.read<std::int64_t>(tables::rounds, "warmup");
  if (warmup.back() != 0) return -1;
  while (rows > 0 && warmup[static_cast<std::size_t>(rows - 1)] == 0) --rows;
  return rows - 1;
}

/// Only `collapsed`, and every estimator at a single scale, know the normalisers of swaps.
bool estimates_normalisers(const Config& config) {
  const auto a = config.reals("temperature.a");
  const bool single_scale = std::all_of(a.begin(), a.end() - 1, [](double x) { return x == 0; });
  return !single_scale && config.text("kernel.estimator") != "collapsed";
}

Travel read_travel(const RoundRow& before, const RoundRow& last, const LadderState& ladder,
                   std::int64_t every) {
  Travel out;
  out.exchanges = ladder.last_sweep / every - before.integer("last_sweep") / every;
  auto trips = last.integers("replica_round_trips");  // -1: no such replica
  if (before.row >= 0) {
    const auto earlier = before.integers("replica_round_trips");
    for (std::size_t i = 0; i < trips.size(); ++i)
      trips[i] -= std::max<std::int64_t>(0, earlier[i]);
  }
  for (const auto count : trips) {
    out.trips += std::max<std::int64_t>(0, count);
    if (count > 0) ++out.travellers;
  }
  const double chances = double(out.exchanges) * double(ladder.round_trips.size());
  out.rate = chances > 0 ? double(out.trips) / chances : nan;
  const bool known = std::isfinite(ladder.barrier.back());
  std::vector<double> rejections;
  for (const double acceptance : ladder.swap_acceptance) rejections.push_back(1 - acceptance);
  out.predicted = known ? round_trip_rate(rejections) : nan;
  out.limit = known ? round_trip_limit(ladder.barrier.back()) : nan;
  return out;
}

/// The layers whose steps the warm-up made a thousand times smaller somewhere.
std::vector<StuckLayer> stuck_layers(const LadderState& ladder, const Config& config) {
  constexpr double suspicious = 1e-3;
  std::vector<StuckLayer> out;
  if (config.text("kernel.estimator") != "annealed" || ladder.step.empty()) return out;
  const auto before = config.per_layer("kernel.step");
  for (std::size_t layer = 0; layer < ladder.step[0].size(); ++layer) {
    const auto least = std::ranges::min_element(ladder.step, {}, [&](const auto& steps) {
      return std::isnan(steps[layer]) ? std::numeric_limits<double>::infinity() : steps[layer];
    });
    const StuckLayer found{static_cast<int>(layer), static_cast<int>(least - ladder.step.begin()),
                           (*least)[layer], before[layer]};
    if (found.step < suspicious * found.before) out.push_back(found);
  }
  return out;
}

}  // namespace

int LadderState::suggested_rungs() const {
  const bool known = !barrier.empty() && std::isfinite(barrier.back());
  return known ? echelon::suggested_rungs(barrier.back()) : 0;
}

LadderState read_ladder(const RunView& run) {
  LadderState out;
  const auto rows = run.rows(tables::rounds);
  if (rows == 0) return out;
  const RoundRow last{run, rows - 1};
  const auto room = run.shape(tables::rounds, "beta").at(1);
  out.mean_train_loss = last.reals("mean_train_loss", room);
  std::erase_if(out.mean_train_loss, [](double loss) { return std::isnan(loss); });
  const auto rungs = out.mean_train_loss.size();
  out.beta = last.reals("beta", rungs);
  out.barrier = last.reals("barrier", rungs);
  out.swap_acceptance = last.reals("swap_acceptance", rungs - 1);
  out.local_barrier = last.reals("local_barrier", rungs - 1);
  const auto kernel = [&](std::string_view column) {
    return by_rung(run.read<double>(tables::ladder_kernel, column), rungs, room);
  };
  out.temperature = kernel("temperature");
  out.acceptance = kernel("acceptance");
  out.step = kernel("step");
  out.round_trips = last.integers("round_trips");
  const auto whole = [&](std::string_view way) {
    return sum(last.reals(fmt::format("log_normaliser_{}", way), rungs - 1));
  };
  out.log_normaliser = {whole("up"), whole("down"), whole("left"), whole("right"), false};
  out.last_sweep = last.integer("last_sweep");
  out.warmup = last.integer("warmup") != 0;
  const auto config = Config::parse(run.manifest().config, "configuration of the run");
  out.log_normaliser.biased = estimates_normalisers(config);
  out.stuck = stuck_layers(out, config);
  out.travel = read_travel({run, row_before_production(run, rows)}, last, out,
                           config.integer("ladder.swap-every"));
  return out;
}

std::string ladder_table(const LadderState& ladder) {
  TextTable table({"rung", "beta", "temperature", "mean loss", "acceptance", "step", "swap up",
                   "local barrier", "barrier"});
  const auto of_pair = [](const std::vector<double>& values, std::size_t rung) {
    return rung < values.size() ? shown(values[rung], 2) : "";
  };
  for (std::size_t rung = 0; rung < ladder.beta.size(); ++rung)
    table.add({std::to_string(rung), shown(ladder.beta[rung], 3), listed(ladder.temperature, rung),
               shown(ladder.mean_train_loss[rung], 5), listed(ladder.acceptance, rung),
               listed(ladder.step, rung), of_pair(ladder.swap_acceptance, rung),
               of_pair(ladder.local_barrier, rung), shown(ladder.barrier[rung], 3)});
  return table.text();
}

std::string stuck_text(const LadderState& ladder) {
  std::string out;
  for (const auto& [layer, rung, step, before] : ladder.stuck)
    out += fmt::format(
        "layer {} hardly moves: its steps fell from {} to {} on rung {} (the noise of annealed "
        "normalisers refuses its moves) raise kernel.inner-steps, or a_k of the deeper layers\n",
        layer + 1, shown(before, 2), shown(step, 2), rung);
  return out;
}

std::string ladder_verdict(const LadderState& ladder) {
  if (ladder.rungs() < 2) return stuck_text(ladder);
  const auto& travel = ladder.travel;
  const auto& z = ladder.log_normaliser;
  auto out =
      fmt::format("as of sweep {}: barrier {}, for which {} rungs are suggested\n",
                  ladder.last_sweep, shown(ladder.barrier.back(), 3),
                  ladder.suggested_rungs() > 0 ? std::to_string(ladder.suggested_rungs()) : "-");
  out += fmt::format(
      "{} round trips in {} exchanges{} by {} of {} replicas: {} per exchange and ladder, of {} "
      "with these swaps if energies were forgotten between them, and {} with ever more rungs "
      "(efficiency {} %)\n",
      travel.trips, travel.exchanges, ladder.warmup ? "" : " since the warm-up", travel.travellers,
      static_cast<std::size_t>(ladder.rungs()) * ladder.round_trips.size(), shown(travel.rate, 2),
      shown(travel.predicted, 2), shown(travel.limit, 2),
      shown(100 * travel.rate / travel.limit, 2));
  out += fmt::format("log Z of the target over rung 0: {} and {} by stepping stones up and down{}",
                     shown(z.up, 6), shown(z.down, 6),
                     z.biased ? " (biased by finite inner work)" : "");
  if (std::isfinite(z.left))  // not for a table, which has no beta to integrate over
    out += fmt::format(", {} to {} by integrating the loss", shown(z.left, 6), shown(z.right, 6));
  return out + '\n' + stuck_text(ladder);
}

}  // namespace echelon
