#include "echelon/diagnostics/series.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <numeric>

#include "echelon/core/error.hpp"
#include "effective_draws.hpp"
#include "moments.hpp"

namespace echelon {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

// Without the recovery of infinities that the operator owes to the C standard: 5 times as fast.
std::complex<double> product(std::complex<double> a, std::complex<double> b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

// Unnormalised discrete Fourier transform in place, length a power of two (Cooley and Tukey 1965).
void transform(std::vector<std::complex<double>>& values) {
  const std::size_t n = values.size();
  for (std::size_t i = 1, reversed = 0; i < n; ++i) {
    std::size_t bit = n >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed ^= bit;
    if (i < reversed) std::swap(values[i], values[reversed]);
  }
  std::vector<std::complex<double>> roots(n / 2);
  for (std::size_t k = 0; k < n / 2; ++k)
    roots[k] =
        std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n));
  for (std::size_t half = 1; half < n; half *= 2)
    for (std::size_t start = 0; start < n; start += 2 * half)
      for (std::size_t k = 0; k < half; ++k) {
        const std::complex<double> odd =
            product(values[start + half + k], roots[k * (n / 2 / half)]);
        values[start + half + k] = values[start + k] - odd;
        values[start + k] += odd;
      }
}

}  // namespace

std::vector<double> autocovariance(std::span<const double> series) {
  const std::size_t n = series.size();
  if (n == 0) return {};
  const double centre = mean(series);
  // Twice as long, so that the correlation does not wrap around.
  std::vector<std::complex<double>> values(std::bit_ceil(2 * n));
  std::transform(series.begin(), series.end(), values.begin(),
                 [&](double x) { return x - centre; });
  transform(values);
  for (auto& value : values) value = std::norm(value);
  transform(values);  // the spectrum is even, so this is the inverse but for the factor
  std::vector<double> result(n);
  const double factor = static_cast<double>(values.size()) * static_cast<double>(n);
  for (std::size_t lag = 0; lag < n; ++lag) result[lag] = values[lag].real() / factor;
  return result;
}

double autocorrelation_time(std::vector<double> correlations, double draws) {
  std::size_t at = 0;
  double sum = 0;
  double previous = std::numeric_limits<double>::infinity();
  // The longest lags rest on a product or two and are left out.
  while (at + 4 < correlations.size() && correlations[at] + correlations[at + 1] > 0) {
    previous = std::min(previous, correlations[at] + correlations[at + 1]);
    sum += previous;
    at += 2;
  }
  const double time = 2 * sum - 1 + std::max(correlations[at], 0.0);
  return std::max(time, 1 / std::log10(draws));
}

double effective_draws(const std::vector<std::vector<double>>& chains) {
  const std::size_t n = chains.front().size();
  const auto length = static_cast<double>(n);
  std::vector<double> covariance(n);
  std::vector<double> means;
  for (const auto& chain : chains) {
    const std::vector<double> own = autocovariance(chain);
    for (std::size_t lag = 0; lag < n; ++lag)
      covariance[lag] += own[lag] / static_cast<double>(chains.size());
    means.push_back(mean(chain));
  }
  const double within = covariance[0] * length / (length - 1);
  const double total = covariance[0] + (means.size() > 1 ? variance(means) : 0.0);
  if (total == 0) return undefined;
  std::vector<double> correlations(n, 1.0);
  for (std::size_t lag = 1; lag < n; ++lag)
    correlations[lag] = 1 - (within - covariance[lag]) / total;
  const double draws = length * static_cast<double>(chains.size());
  return draws / autocorrelation_time(std::move(correlations), draws);
}

Estimate mean_with_error(std::span<const double> series) {
  for (std::size_t i = 0; i < series.size(); ++i)
    require(std::isfinite(series[i]), ExitCode::data, "value {} of a series is {}", i, series[i]);
  if (series.empty()) return {undefined, undefined};
  if (series.size() < 4 || is_constant(series)) return {mean(series), undefined};
  const double draws = effective_draws({{series.begin(), series.end()}});
  return {mean(series), std::sqrt(variance(series) / draws)};
}

}  // namespace echelon
