#include "echelon/diagnostics/kl.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"

namespace echelon {

namespace {

// q log(q / p) for p = q + difference, accurate also where p is close to q.
double term(double q, double p, double difference) {
  if (q == 0) return 0;
  if (p == 0) return std::numeric_limits<double>::infinity();
  const double ratio = difference / q;
  return std::abs(ratio) < 0.5 ? -q * std::log1p(ratio) : q * std::log(q / p);
}

struct Terms {
  double one;
  double zero;
};

Terms terms(double q, double p) { return {term(q, p, p - q), term(1 - q, 1 - p, q - p)}; }

// True only if kl(q || p) > budget for certain: the terms err by a few units in the last place.
bool surely_exceeds(double q, double p, double budget) {
  const auto [one, zero] = terms(q, p);
  const double error = 8 * std::numeric_limits<double>::epsilon();
  return one + zero - error * (std::abs(one) + std::abs(zero)) > budget;
}

}  // namespace

double kl_bernoulli(double q, double p) {
  require(0 <= q && q <= 1 && 0 <= p && p <= 1, ExitCode::internal,
          "kl({} || {}) needs two probabilities", q, p);
  const auto [one, zero] = terms(q, p);
  return std::max(0.0, one + zero);
}

double kl_inverse(double q, double budget) {
  require(0 <= q && q <= 1 && !std::isnan(budget), ExitCode::internal,
          "kl cannot be inverted at training error {} and budget {}", q, budget);
  budget = std::max(budget, 0.0);
  double low = q;
  double high = 1;
  while (high - low > 5e-13) {
    const double middle = low + (high - low) / 2;
    (surely_exceeds(q, middle, budget) ? high : low) = middle;
  }
  return high;
}

}  // namespace echelon
