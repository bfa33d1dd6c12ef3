#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>

namespace echelon {

inline double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The unbiased variance, by two passes.
inline double variance(std::span<const double> values) {
  const double centre = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  return sum / (static_cast<double>(values.size()) - 1);
}

/// Decided on the values: a computed variance of equal values need not be 0.
inline bool is_constant(std::span<const double> values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

}  // namespace echelon
