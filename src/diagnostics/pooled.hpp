#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "echelon/core/log_math.hpp"

namespace echelon {

/// Mean of two means of (a, b) values; NaN stands for the mean of none.
inline double pooled(double a, std::int64_t count_a, double b, std::int64_t count_b) {
  if (count_a == 0) return b;
  if (count_b == 0) return a;
  const auto all = static_cast<double>(count_a + count_b);
  return a * (static_cast<double>(count_a) / all) + b * (static_cast<double>(count_b) / all);
}

/// The same for logarithms of means; -infinity stands for the mean of none.
inline double log_pooled(double a, std::int64_t count_a, double b, std::int64_t count_b) {
  constexpr double none = -std::numeric_limits<double>::infinity();
  if (count_a + count_b == 0) return none;
  const auto weighted = [](double log_mean, std::int64_t count) {
    return count == 0 ? none : log_mean + std::log(static_cast<double>(count));
  };
  return log_add(weighted(a, count_a), weighted(b, count_b)) -
         std::log(static_cast<double>(count_a + count_b));
}

}  // namespace echelon
