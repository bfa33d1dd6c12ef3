#include "inner_lag.hpp"

#include <cmath>
#include <iterator>
#include <utility>

#include "echelon/core/error.hpp"
#include "run_state.hpp"
#include "scalars.hpp"

namespace echelon {
namespace {

/// The other run's configuration with the settings that may differ made equal to the first's.
std::string differences(const Config& first, Config other) {
  for (const char* key : {"kernel.inner-steps", "run.seed"}) other.set(key, first.text(key), "run");
  return frozen_differences(first, other, RunKind::sampling);
}

}  // namespace

Estimate lag_bias(int small_budget, Estimate small, int large_budget, Estimate large) {
  const double factor = static_cast<double>(small_budget) / (large_budget - small_budget);
  return {factor * (small.value - large.value),
          factor * std::hypot(small.standard_error, large.standard_error)};
}

std::map<int, std::vector<RunView>> by_budget(std::vector<RunView> runs) {
  std::map<int, std::vector<RunView>> result;
  const Config first = read_state(runs.front()).config;
  for (auto& run : runs) {
    const Config config = read_state(run).config;
    const auto budget = static_cast<int>(config.integer("kernel.inner-steps"));
    const std::string difference = differences(first, config);
    require(difference.empty() || budget == first.integer("kernel.inner-steps"), ExitCode::usage,
            "runs with different kernel.inner-steps ({} and {}) must agree in all else but the "
            "seed to show an inner lag:\n{}",
            first.integer("kernel.inner-steps"), budget, difference);
    result[budget].push_back(std::move(run));
  }
  return result;
}

std::vector<InnerLag> read_inner_lag(const std::map<int, std::vector<RunView>>& runs) {
  require(runs.size() > 1, ExitCode::usage, "{} inner budgets (an inner lag needs 2 or more)",
          runs.size());
  std::map<std::string, InnerLag> by_name;
  for (const auto& [budget, views] : runs)
    for (const auto& series : read_scalars(views)) {
      const Summary all = summarize(series);
      auto& lag = by_name[series.name];
      lag.name = series.name;
      lag.mean[budget] = {all.mean, all.mcse};
    }
  std::vector<InnerLag> result;
  for (auto& [name, lag] : by_name) {
    if (lag.mean.size() != runs.size()) continue;
    const auto large = std::prev(lag.mean.end());
    const auto small = std::prev(large);
    lag.bias = lag_bias(small->first, small->second, large->first, large->second);
    result.push_back(std::move(lag));
  }
  return result;
}

}  // namespace echelon
