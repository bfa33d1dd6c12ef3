#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scalars.hpp"

namespace echelon {

/// A text table: columns are as wide as they must be, the first one left-aligned.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// A number for people: `digits` significant ones; "-" when it is none.
std::string shown(double x, int digits = 4);

/// NaN and infinities become null.
nlohmann::json json_number(double x);
nlohmann::json json_numbers(const std::vector<double>& values);

/// Mean, sd, MCSE, ESS and R-hat of each quantity; with `by_chain` also for every chain.
std::string summary_table(const std::vector<Series>& all, bool by_chain);
nlohmann::json summary_json(const std::vector<Series>& all);

}  // namespace echelon
