#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace echelon::oracle {

/// P(chi-square with `degrees` degrees of freedom > x): the upper incomplete gamma function, by its
/// series or its continued fraction (Abramowitz and Stegun 6.5.29, 6.5.31).
inline double chi_square_tail(double x, double degrees) {
  const double a = degrees / 2, z = x / 2;
  if (!(z > 0)) return 1;
  const double front = std::exp(a * std::log(z) - z - std::lgamma(a));
  if (z < a + 1) {
    double term = 1 / a, sum = term;
    for (double n = a + 1; term > 1e-17 * sum; ++n) sum += term *= z / n;
    return 1 - front * sum;
  }
  double fraction = 0;
  for (int i = 500; i >= 1; --i) fraction = i * (i - a) / (z + 2 * i + 1 - a - fraction);
  return front / (z + 1 - a - fraction);
}

/// The p-value of equal probabilities, for counts of independent draws.
inline double equal_bins_p_value(std::span<const std::int64_t> counts) {
  double total = 0, statistic = 0;
  for (const auto count : counts) total += static_cast<double>(count);
  const double expected = total / static_cast<double>(counts.size());
  for (const auto count : counts)
    statistic += std::pow(static_cast<double>(count) - expected, 2) / expected;
  return chi_square_tail(statistic, static_cast<double>(counts.size()) - 1);
}

/// The p-value of two independent samples having one law, from their counts in the same bins.
inline double same_law_p_value(std::span<const std::int64_t> one,
                               std::span<const std::int64_t> other) {
  double one_total = 0, other_total = 0, statistic = 0;
  int filled = 0;
  for (const auto count : one) one_total += static_cast<double>(count);
  for (const auto count : other) other_total += static_cast<double>(count);
  const double ratio = std::sqrt(other_total / one_total);
  for (std::size_t b = 0; b < one.size(); ++b) {
    if (one[b] + other[b] == 0) continue;
    ++filled;
    statistic +=
        std::pow(ratio * static_cast<double>(one[b]) - static_cast<double>(other[b]) / ratio, 2) /
        static_cast<double>(one[b] + other[b]);
  }
  return chi_square_tail(statistic, filled - 1);
}

/// Counts in bins of equal probability under a known law.
class BinCount {
 public:
  explicit BinCount(std::vector<double> inner_edges)
      : edges_(std::move(inner_edges)), counts_(edges_.size() + 1) {}
  void add(double x) {
    ++counts_[static_cast<std::size_t>(std::upper_bound(edges_.begin(), edges_.end(), x) -
                                       edges_.begin())];
  }
  double p_value() const { return equal_bins_p_value(counts_); }
  std::span<const std::int64_t> counts() const { return counts_; }

 private:
  std::vector<double> edges_;
  std::vector<std::int64_t> counts_;
};

/// The sequential test of Gandy and Scott (2021, "Unit testing for MCMC and other Monte Carlo
/// methods"): `p_values(n, round)` draws n fresh samples and returns the p-values of the hypotheses
/// that must hold. Returns false with probability at most `level` when they all hold; a wrong
/// sampler is caught early, a right one seldom needs more than one round.
template <class Draw>
requires std::invocable<Draw, int, int>
bool passes_sequentially(int n, Draw&& p_values, double level = 1e-6, int rounds = 7) {
  double beta = level / rounds;
  const double gamma = std::pow(beta, 1.0 / rounds);
  for (int round = 0; round < rounds; ++round) {
    const std::vector<double> p = p_values(round == 0 ? n : 4 * n, round);
    const double q = *std::min_element(p.begin(), p.end()) * static_cast<double>(p.size());
    if (!(q > beta)) return false;
    if (q > gamma + beta) return true;
    beta /= gamma;
  }
  return true;
}

struct Estimate {
  double mean = 0;
  double error = 0;  ///< standard error of the mean
};

/// Mean and standard error of a stationary series, from the means of 50 batches: right to within a
/// tenth when a batch is much longer than the correlation.
inline Estimate batch_means(std::span<const double> series) {
  constexpr std::size_t batches = 50;
  const std::size_t length = series.size() / batches;
  Estimate result;
  std::vector<double> means;
  for (std::size_t b = 0; b < batches; ++b) {
    double sum = 0;
    for (std::size_t i = 0; i < length; ++i) sum += series[b * length + i];
    means.push_back(sum / static_cast<double>(length));
    result.mean += means.back() / batches;
  }
  double square = 0;
  for (const double mean : means) square += (mean - result.mean) * (mean - result.mean);
  result.error = std::sqrt(square / (batches * (batches - 1)));
  return result;
}

}  // namespace echelon::oracle
