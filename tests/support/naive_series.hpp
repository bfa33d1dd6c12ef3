#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace echelon {

/// Autocovariances by their definition, O(n^2): the twin of autocovariance().
inline std::vector<double> naive_autocovariance(std::span<const double> series) {
  const auto n = static_cast<double>(series.size());
  double mean = 0;
  for (const double value : series) mean += value / n;
  std::vector<double> result(series.size());
  for (std::size_t lag = 0; lag < series.size(); ++lag)
    for (std::size_t i = 0; i + lag < series.size(); ++i)
      result[lag] += (series[i] - mean) * (series[i + lag] - mean) / n;
  return result;
}

/// A stationary Gaussian AR(1) series with unit variance: autocorrelation phi^t, autocorrelation
/// time (1 + phi) / (1 - phi).
inline std::vector<double> autoregressive(std::size_t length, double phi, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<double> series;
  double x = normal(generator);
  for (std::size_t i = 0; i < length; ++i) {
    series.push_back(x);
    x = phi * x + std::sqrt(1 - phi * phi) * normal(generator);
  }
  return series;
}

/// A series that any language reproduces bit for bit: x' = phi x + (u1 + u2 + u3 + u4 - 2), u from
/// the 53 leading bits of Knuth's congruential generator, x_0 = phi 0 + ...
inline std::vector<double> portable_series(std::uint64_t seed, std::size_t length, double phi) {
  const auto uniform = [&seed] {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(seed >> 11) * 0x1p-53;
  };
  std::vector<double> series;
  double x = 0;
  for (std::size_t i = 0; i < length; ++i) {
    double noise = uniform();
    for (int term = 1; term < 4; ++term) noise += uniform();
    x = phi * x + (noise - 2);
    series.push_back(x);
  }
  return series;
}

}  // namespace echelon
