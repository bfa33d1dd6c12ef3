#include "echelon/diagnostics/stepping_stone.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/diagnostics/series.hpp"

namespace echelon {

namespace {

Estimate sum_of(std::span<const std::span<const double>> pairs, double sign) {
  Estimate sum;
  for (const auto& log_weights : pairs) {
    const auto [value, error] = log_mean_weight(log_weights);
    sum.value += sign * value;
    sum.standard_error = std::hypot(sum.standard_error, error);
  }
  return sum;
}

}  // namespace

Estimate log_mean_weight(std::span<const double> log_weights) {
  require(!log_weights.empty(), ExitCode::internal, "no weight to average");
  const double largest = *std::max_element(log_weights.begin(), log_weights.end());
  std::vector<double> weights;
  for (const double log_weight : log_weights) weights.push_back(std::exp(log_weight - largest));
  const auto [value, error] = mean_with_error(std::span<const double>(weights));
  return {largest + std::log(value), error / value};
}

SteppingStone stepping_stone(std::span<const std::span<const double>> forward,
                             std::span<const std::span<const double>> backward) {
  require(forward.size() == backward.size(), ExitCode::internal,
          "{} pairs upwards and {} downwards", forward.size(), backward.size());
  return {sum_of(forward, 1), sum_of(backward, -1)};
}

SteppingStone stepping_stone(std::span<const double> betas,
                             std::span<const std::span<const double>> losses,
                             double inverse_temperature) {
  require(!betas.empty() && betas.size() == losses.size(), ExitCode::internal,
          "{} betas have {} series of losses", betas.size(), losses.size());
  std::vector<std::vector<double>> values;
  for (std::size_t k = 0; k + 1 < betas.size(); ++k) {
    const double step = (betas[k + 1] - betas[k]) * inverse_temperature;
    const auto scaled = [&](std::span<const double> series, double factor) {
      std::vector<double> log_weights;
      for (const double loss : series) log_weights.push_back(factor * loss);
      return log_weights;
    };
    values.push_back(scaled(losses[k], -step));
    values.push_back(scaled(losses[k + 1], step));
  }
  std::vector<std::span<const double>> forward;
  std::vector<std::span<const double>> backward;
  for (std::size_t i = 0; i < values.size(); ++i)
    (i % 2 == 0 ? forward : backward).push_back(values[i]);
  return stepping_stone(forward, backward);
}

}  // namespace echelon
