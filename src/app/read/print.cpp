#include "print.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace echelon {
namespace {

std::vector<std::string> summary_row(const std::string& name, const std::string& chain,
                                     const Summary& s) {
  return {name,
          chain,
          shown(s.mean, 6),
          shown(s.sd, 3),
          shown(s.mcse, 2),
          shown(s.ess_bulk, 3),
          shown(s.ess_tail, 3),
          shown(s.rhat, 4)};
}

nlohmann::json summary_object(const Summary& s) {
  return {{"mean", json_number(s.mean)},         {"sd", json_number(s.sd)},
          {"mcse_mean", json_number(s.mcse)},    {"ess_bulk", json_number(s.ess_bulk)},
          {"ess_tail", json_number(s.ess_tail)}, {"r_hat", json_number(s.rhat)}};
}

}  // namespace

std::string TextTable::text() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], row[i].size());
    }
  std::string out;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      out += i == 0 ? fmt::format("{:<{}}", row[i], widths[i])
                    : fmt::format("  {:>{}}", row[i], widths[i]);
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

std::string shown(double x, int digits) {
  if (std::isnan(x)) return "-";
  return fmt::format("{:.{}g}", x, digits);
}

nlohmann::json json_number(double x) {
  return std::isfinite(x) ? nlohmann::json(x) : nlohmann::json();
}

nlohmann::json json_numbers(const std::vector<double>& values) {
  auto out = nlohmann::json::array();
  for (const double x : values) out.push_back(json_number(x));
  return out;
}

std::string summary_table(const std::vector<Series>& all, bool by_chain) {
  TextTable table({"quantity", "chain", "mean", "sd", "mcse", "ess_bulk", "ess_tail", "r_hat"});
  for (const auto& series : all) {
    table.add(summary_row(series.name, "all", summarize(series)));
    for (std::size_t chain = 0;
         by_chain && series.chains.size() > 1 && chain < series.chains.size(); ++chain)
      table.add(summary_row("", std::to_string(chain), summarize(series, chain)));
  }
  return table.text();
}

nlohmann::json summary_json(const std::vector<Series>& all) {
  auto out = nlohmann::json::object();
  for (const auto& series : all) {
    auto& entry = out[series.name] = summary_object(summarize(series));
    entry["chains"] = nlohmann::json::array();
    for (std::size_t chain = 0; chain < series.chains.size(); ++chain)
      entry["chains"].push_back(summary_object(summarize(series, chain)));
  }
  return out;
}

}  // namespace echelon
