#include "echelon/core/log_math.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"

namespace echelon {

double log_add(double a, double b) {
  const double high = std::max(a, b);
  const double low = std::min(a, b);
  if (std::isinf(high)) return high;
  return high + std::log1p(std::exp(low - high));
}

double log_sum_exp(std::span<const double> x) {
  if (x.empty()) return -std::numeric_limits<double>::infinity();
  const double high = *std::max_element(x.begin(), x.end());
  if (std::isinf(high)) return high;
  double sum = 0;
  for (const double value : x) sum += std::exp(value - high);
  return high + std::log(sum);
}

double log_mean_exp(std::span<const double> x) {
  require(!x.empty(), ExitCode::internal, "log_mean_exp of no values");
  return log_sum_exp(x) - std::log(static_cast<double>(x.size()));
}

}  // namespace echelon
