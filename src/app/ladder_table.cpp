#include "ladder_table.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "echelon/core/error.hpp"
#include "read_text.hpp"

namespace echelon {
namespace {

constexpr std::string_view key = "ladder.table";
constexpr std::string_view prior = "prior";

/// The numbers of one line, separated by commas or blanks; Error(usage) naming `where`.
std::vector<double> numbers(std::string line, const std::string& where) {
  std::ranges::replace(line, ',', ' ');
  std::istringstream words(line);
  std::vector<double> out;
  for (std::string word; words >> word;) {
    double x = 0;
    const auto* const end = word.data() + word.size();
    const auto parsed = std::from_chars(word.data(), end, x);
    require(parsed.ec == std::errc() && parsed.ptr == end && std::isfinite(x) && x >= 0,
            ExitCode::usage, "{}: '{}' is no temperature (expected a number >= 0 per layer, or {})",
            where, word, prior);
    out.push_back(x);
  }
  return out;
}

std::string trimmed(const std::string& line) {
  const auto first = line.find_first_not_of(" \t\r");
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

/// The rungs of a file in canonical form, separated by semicolons.
std::string canonical_table(const std::string& path) {
  std::istringstream text(read_text(path, "a table of temperatures"));
  std::vector<std::string> rungs;
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    const auto content = trimmed(line.substr(0, line.find('#')));
    if (content.empty()) continue;
    const auto where = fmt::format("{} = {}, line {}", key, path, number);
    rungs.push_back(content == prior ? content
                                     : fmt::format("{}", fmt::join(numbers(content, where), ",")));
  }
  require(rungs.size() >= 2, ExitCode::usage, "{} = {}: {} rungs (a ladder needs 2 or more lines)",
          key, path, rungs.size());
  return fmt::format("{}", fmt::join(rungs, ";"));
}

}  // namespace

bool LadderTable::single_scale() const {
  return std::ranges::all_of(rows, [](const auto& a) {
    return std::all_of(a.begin(), a.end() - 1, [](double x) { return x == 0; });
  });
}

void resolve_ladder_table(Config& config) {
  const auto& text = config.text(key);
  if (!text.empty() && text.find(';') == text.npos)
    config.set(key, canonical_table(text), "table of temperatures");
}

LadderTable ladder_table(const Config& config) {
  LadderTable table;
  std::istringstream text(config.text(key));
  for (std::string rung; std::getline(text, rung, ';');) {
    const auto where = fmt::format("{}, rung {}", key, table.rows.size());
    if (trimmed(rung) == prior && table.rows.empty()) {
      table.prior_end = PriorEnd::included;
      table.rows.emplace_back();
      continue;
    }
    table.rows.push_back(numbers(rung, where));
    const auto& a = table.rows.back();
    require(std::ssize(a) == config.depth() && a.back() > 0, ExitCode::usage,
            "{} has {} temperatures, the last {} (network.widths = {} makes {} layers, and the "
            "last temperature must be positive)",
            where, a.size(), a.empty() ? 0 : a.back(), config.text("network.widths"),
            config.depth());
  }
  require(table.rungs() >= 2, ExitCode::usage, "{} has {} rungs (a ladder needs 2 or more)", key,
          table.rungs());
  if (table.rows[0].empty()) table.rows[0] = table.rows[1];
  return table;
}

}  // namespace echelon
