#include "echelon/storage/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "../arguments.hpp"
#include "commands.hpp"
#include "echelon/core/error.hpp"

namespace echelon {
namespace {

std::string_view word_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::intact:
      return "intact";
    case Verdict::note:
      return "note";
    case Verdict::damaged:
      break;
  }
  return "damaged";
}

}  // namespace

int verify_command(const Command& command, Words words) {
  boost::program_options::options_description options("Options");
  options.add_options()("json", "machine-readable output");
  const auto arguments = parse_arguments(command, words, options, {1, 1});
  if (!arguments) return 0;
  const auto findings = verify_run(arguments->words[0]);
  const bool damaged = std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.verdict == Verdict::damaged; });
  if (arguments->has("json")) {
    nlohmann::json out = {{"path", arguments->words[0]}, {"intact", !damaged}};
    for (const auto& [verdict, file, what] : findings)
      out["findings"].push_back({{"verdict", word_for(verdict)}, {"file", file}, {"what", what}});
    std::cout << out.dump(2) << '\n';
  } else {
    for (const auto& [verdict, file, what] : findings)
      std::cout << fmt::format("{:<8} {}  {}\n", word_for(verdict), file, what);
    std::cout << fmt::format("{}: {}\n", arguments->words[0], damaged ? "damaged" : "intact");
  }
  return damaged ? static_cast<int>(ExitCode::data) : 0;
}

}  // namespace echelon
