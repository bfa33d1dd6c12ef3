#include "ladder_state.hpp"

#include <fmt/ranges.h>

#include <cmath>

#include "echelon/app/run_schema.hpp"
#include "echelon/tempering/sink.hpp"
#include "print.hpp"

namespace echelon {
namespace {

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

}  // namespace

LadderState read_ladder(const RunView& run) {
  LadderState out;
  const auto rows = run.rows(tables::rounds);
  if (rows == 0) return out;
  const auto last = [&](std::string_view column) {
    return run.read<double>(tables::rounds, column, rows - 1, 1);
  };
  out.beta = last("beta");
  const auto room = out.beta.size();
  std::erase_if(out.beta, [](double beta) { return std::isnan(beta); });
  const auto rungs = out.beta.size();
  const auto cut = [&](std::vector<double> values, std::size_t size) {
    values.resize(size);
    return values;
  };
  out.mean_train_loss = cut(last("mean_train_loss"), rungs);
  out.barrier = cut(last("barrier"), rungs);
  out.swap_acceptance = cut(last("swap_acceptance"), rungs - 1);
  const auto kernel = [&](std::string_view column) {
    return by_rung(run.read<double>(tables::ladder_kernel, column), rungs, room);
  };
  out.temperature = kernel("temperature");
  out.acceptance = kernel("acceptance");
  out.step = kernel("step");
  out.round_trips = run.read<std::int64_t>(tables::rounds, "round_trips", rows - 1, 1);
  out.last_sweep = run.read<std::int64_t>(tables::rounds, "last_sweep", rows - 1, 1).at(0);
  out.warmup = run.read<std::int64_t>(tables::rounds, "warmup", rows - 1, 1).at(0) != 0;
  return out;
}

std::string ladder_table(const LadderState& ladder) {
  TextTable table({"rung", "beta", "temperature", "mean loss", "acceptance", "step", "swap up"});
  for (std::size_t rung = 0; rung < ladder.beta.size(); ++rung)
    table.add({std::to_string(rung), shown(ladder.beta[rung], 3), listed(ladder.temperature, rung),
               shown(ladder.mean_train_loss[rung], 5), listed(ladder.acceptance, rung),
               listed(ladder.step, rung),
               rung + 1 < ladder.beta.size() ? shown(ladder.swap_acceptance[rung], 2) : ""});
  return table.text();
}

}  // namespace echelon
