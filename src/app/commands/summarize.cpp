#include <fmt/format.h>

#include <iostream>

#include "../arguments.hpp"
#include "../read/print.hpp"
#include "commands.hpp"

namespace echelon {

int summarize_command(const Command& command, Words words) {
  boost::program_options::options_description options("Options");
  options.add_options()("json", "machine-readable output");
  const auto arguments = parse_arguments(command, words, options, {1, 1000});
  if (!arguments) return 0;
  std::vector<RunView> runs;
  for (const auto& word : arguments->words) runs.emplace_back(word, Check::sizes);
  const auto all = read_scalars(runs);
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
