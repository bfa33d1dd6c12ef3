#include "echelon/diagnostics/barrier.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "echelon/core/error.hpp"
#include "monotone_cubic.hpp"

namespace echelon {

namespace {

// A pair never seen to reject still has an extent, or its rungs could not be told apart.
constexpr double least_rejection = 1e-6;

void check_rejections(std::span<const double> rejections) {
  for (std::size_t i = 0; i < rejections.size(); ++i)
    require(rejections[i] >= 0 && rejections[i] <= 1, ExitCode::internal,
            "the rejection rate of pair {} is {} (it must be in [0, 1])", i, rejections[i]);
}

void check_ladder(std::span<const double> betas, std::span<const double> rejections) {
  check_rejections(rejections);
  require(betas.size() == rejections.size() + 1, ExitCode::internal,
          "{} betas have {} rejection rates (one less than betas is needed)", betas.size(),
          rejections.size());
  for (std::size_t i = 0; i < rejections.size(); ++i)
    require(betas[i] >= 0 && betas[i] < betas[i + 1] && std::isfinite(betas[i + 1]),
            ExitCode::internal, "beta {} is followed by beta {} (they must ascend from 0 or more)",
            betas[i], betas[i + 1]);
}

}  // namespace

std::vector<double> cumulative_barrier(std::span<const double> rejections) {
  check_rejections(rejections);
  std::vector<double> barrier(rejections.size() + 1);
  std::inclusive_scan(rejections.begin(), rejections.end(), barrier.begin() + 1);
  return barrier;
}

std::vector<double> local_barrier(std::span<const double> betas,
                                  std::span<const double> rejections) {
  check_ladder(betas, rejections);
  std::vector<double> local(rejections.size());
  for (std::size_t i = 0; i < local.size(); ++i)
    local[i] = rejections[i] / (betas[i + 1] - betas[i]);
  return local;
}

std::vector<double> equal_rejection(std::span<const double> betas,
                                    std::span<const double> rejections, int rungs) {
  check_ladder(betas, rejections);
  require(betas.size() >= 2 && rungs >= 2, ExitCode::internal,
          "{} rungs cannot be spaced as {} (a ladder has at least 2)", betas.size(), rungs);
  std::vector<double> extents(rejections.begin(), rejections.end());
  for (double& extent : extents) extent = std::max(extent, least_rejection);
  const std::vector<double> barrier = cumulative_barrier(extents);

  const std::size_t first = betas.front() > 0 ? 0 : 1;  // the first rung with a logarithm
  std::vector<double> log_betas;
  for (const double beta : betas.subspan(first)) log_betas.push_back(std::log(beta));
  const MonotoneCubic log_beta(
      {barrier.begin() + static_cast<std::ptrdiff_t>(first), barrier.end()}, log_betas);

  std::vector<double> result{betas.front()};
  for (int i = 1; i + 1 < rungs; ++i) {
    const double level = barrier.back() * i / (rungs - 1);
    result.push_back(level < barrier[first] ? betas[first] * level / barrier[first]
                                            : std::exp(log_beta(level)));
  }
  result.push_back(betas.back());
  require(std::adjacent_find(result.begin(), result.end(), std::greater_equal<>()) == result.end(),
          ExitCode::internal, "{} rungs between {} and {} are not distinct", rungs, betas.front(),
          betas.back());
  return result;
}

int suggested_rungs(double barrier) {
  require(barrier >= 0 && barrier < 1e8, ExitCode::internal, "the barrier is {}", barrier);
  return std::max(2, static_cast<int>(std::ceil(2 * barrier)) + 1);
}

double round_trip_rate(std::span<const double> rejections) {
  check_rejections(rejections);
  double sum = 0;
  for (const double rejection : rejections) sum += rejection / (1 - rejection);
  return 1 / (2 + 2 * sum);
}

double round_trip_limit(double barrier) { return 1 / (2 + 2 * barrier); }

double expected_barrier(double weights, double knee, double beta_low) {
  require(weights >= 0 && knee >= 0 && beta_low >= 0 && beta_low <= 1 && knee + beta_low > 0,
          ExitCode::internal, "{} weights from beta {} with a knee at {} have no expected barrier",
          weights, beta_low, knee);
  return std::sqrt(weights / (2 * std::numbers::pi)) * std::log((knee + 1) / (knee + beta_low));
}

double largest_barrier(double mean_loss, double temperature, double beta_low) {
  require(mean_loss >= 0 && temperature > 0 && beta_low >= 0 && beta_low <= 1, ExitCode::internal,
          "a mean loss of {} at beta {} and temperature {} bound no barrier", mean_loss, beta_low,
          temperature);
  return std::sqrt(mean_loss * (1 - beta_low) / (2 * temperature));
}

}  // namespace echelon
