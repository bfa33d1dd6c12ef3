#pragma once

#include <cstdint>
#include <vector>

namespace echelon {

/// What one sweep did to one layer.
struct LayerCounters {
  std::int64_t proposals = 0;
  double acceptance = 0;  ///< sum of acceptance probabilities
  std::int64_t switches = 0;
  double work = 0;         ///< sum of switching works, in units of A_k
  double work_square = 0;  ///< sum of their squares
};

/// What one sweep did: the numbers behind a target's report.
struct Counters {
  std::vector<LayerCounters> layers;
  std::int64_t evaluations = 0;  ///< losses of one branch under one last layer
  std::int64_t slopes = 0;       ///< how many of them came with their slope
  std::int64_t extensions = 0;   ///< products of one branch with one layer, or one row of it
  std::int64_t non_finite = 0;   ///< proposals refused because their loss was not finite

  explicit Counters(int depth = 0) : layers(static_cast<std::size_t>(depth)) {}
};

}  // namespace echelon
