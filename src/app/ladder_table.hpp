#pragma once

#include <string>
#include <vector>

#include "echelon/app/config.hpp"
#include "echelon/tempering/ladder.hpp"

namespace echelon {

/// `ladder.table`: the temperatures a_1..a_d of every rung, from the hottest to the target. In a
/// file a rung is a line of numbers separated by commas or blanks, with # comments; a first line
/// `prior` is a rung of exact prior draws. In a resolved configuration the lines stand in the value
/// itself, separated by semicolons, so that the run directory holds them.
struct LadderTable {
  PriorEnd prior_end = PriorEnd::absent;
  /// By rung; the row of a prior end repeats the next one's (only its ratios are ever asked for).
  std::vector<std::vector<double>> rows;

  int rungs() const { return static_cast<int>(rows.size()); }
  bool single_scale() const;  ///< a_1 = .. = a_{d-1} = 0 on every rung
};

/// Replaces a file's name by its rungs. Error(no_input) when there is no such file, Error(usage)
/// naming the line that is not one of temperatures.
void resolve_ladder_table(Config& config);

/// The table of a resolved configuration that has one. Error(usage) unless it has two rungs or more
/// with one temperature per layer, the last of them positive.
LadderTable ladder_table(const Config& config);

}  // namespace echelon
