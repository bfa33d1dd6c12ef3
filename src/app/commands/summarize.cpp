#include <fmt/format.h>

#include <iostream>

#include "../arguments.hpp"
#include "../read/inner_lag.hpp"
#include "../read/print.hpp"
#include "commands.hpp"

namespace echelon {
namespace {

/// Runs at several inner budgets sample laws of different bias: not chains, but a trend.
int show_inner_lag(const std::map<int, std::vector<RunView>>& runs, bool json) {
  TextTable table({"quantity", "inner-steps", "mean", "mcse", "estimated bias", "mcse"});
  auto out = nlohmann::json::object();
  for (const auto& lag : read_inner_lag(runs)) {
    auto& entry = out[lag.name];
    for (const auto& [budget, mean] : lag.mean) {
      const bool largest = budget == lag.mean.rbegin()->first;
      table.add({lag.name, std::to_string(budget), shown(mean.value, 6),
                 shown(mean.standard_error, 2), largest ? shown(lag.bias.value, 3) : "",
                 largest ? shown(lag.bias.standard_error, 2) : ""});
      entry["mean"][std::to_string(budget)] = {json_number(mean.value),
                                               json_number(mean.standard_error)};
    }
    entry["bias"] = {json_number(lag.bias.value), json_number(lag.bias.standard_error)};
  }
  if (json)
    std::cout << nlohmann::json{{"inner_lag", out}}.dump(2) << '\n';
  else
    std::cout << table.text()
              << "The bias left at the largest budget, taking it to fall as 1 / inner-steps.\n";
  return 0;
}

}  // namespace

int summarize_command(const Command& command, Words words) {
  boost::program_options::options_description options("Options");
  options.add_options()("json", "machine-readable output");
  const auto arguments = parse_arguments(command, words, options, {1, 1000});
  if (!arguments) return 0;
  std::vector<RunView> runs;
  for (const auto& word : arguments->words) runs.emplace_back(word, Check::sizes);
  auto budgets = by_budget(std::move(runs));
  if (budgets.size() > 1) return show_inner_lag(budgets, arguments->has("json"));
  const auto all = read_scalars(budgets.begin()->second);
  const auto chains = all.empty() ? 0 : all[0].chains.size();
  const auto draws = chains == 0 ? 0 : all[0].chains[0].size();
  if (arguments->has("json")) {
    const nlohmann::json out = {{"runs", arguments->words},
                                {"chains", chains},
                                {"draws", draws},
                                {"quantities", summary_json(all)}};
    std::cout << out.dump(2) << '\n';
  } else {
    std::cout << summary_table(all, true)
              << fmt::format("{} chain{} of {} draws\n", chains, chains == 1 ? "" : "s", draws);
  }
  return 0;
}

}  // namespace echelon
