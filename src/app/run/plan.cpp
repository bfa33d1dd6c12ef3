#include "plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "echelon/diagnostics/barrier.hpp"
#include "echelon/sampler/temperatures.hpp"

namespace echelon {
namespace {

/// "3" or "3 to 4": the sizes of `items` dealt evenly to `parts`.
std::string share(int items, int parts) {
  const int least = items / parts;
  return items % parts == 0 ? fmt::format("{}", least) : fmt::format("{} to {}", least, least + 1);
}

/// Weights of each layer.
std::vector<double> layer_sizes(const std::vector<int>& widths) {
  std::vector<double> sizes;
  for (std::size_t k = 1; k < widths.size(); ++k)
    sizes.push_back(double(widths[k]) * widths[k - 1]);
  return sizes;
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Layers whose weights decide swaps; the rest is integrated out.
std::ptrdiff_t layers_in_swaps(const Config& config) {
  const auto& estimator = config.text("kernel.estimator");
  if (estimator == "annealed") return 1;
  return config.depth() - (estimator == "collapsed" ? 1 : 0);
}

}  // namespace

bool ExpectedLadder::measured() const {
  constexpr double rare = .02;
  return std::isfinite(pilot.barrier) &&
         std::ranges::all_of(pilot.swap_acceptance, [](double rate) { return rate > rare; });
}

ExpectedLadder expected_ladder(const Config& config, const Ladder& ladder, PilotRun pilot) {
  ExpectedLadder out;
  out.rungs = ladder.rungs();
  out.ladders = static_cast<int>(config.integer("ladder.ladders"));
  const auto sizes = layer_sizes(config.integers("network.widths"));
  out.weights = std::accumulate(sizes.begin(), sizes.begin() + layers_in_swaps(config), 0.0);
  const double hot_loss = pilot.hot_loss, hot_beta = ladder.betas().front();
  out.pilot = std::move(pilot);
  if (!ladder.adaptable()) {
    out.largest_barrier = out.alike = std::numeric_limits<double>::quiet_NaN();
    return out;
  }
  const Temperatures temperatures(config.reals("temperature.a"));
  double bound = 0;  // sum_k A_k n_k
  for (int k = 0; k < config.depth(); ++k)
    bound += temperatures.cumulative(k, {}) * sizes[static_cast<std::size_t>(k)];
  const bool flat = config.text("prior.kind") == "flat";
  const double knee = flat || hot_loss == 0 ? 0 : bound / (2 * hot_loss);
  out.largest_barrier =
      largest_barrier(hot_loss, temperatures.cumulative(config.depth() - 1, {}), hot_beta);
  out.alike = hot_loss == 0
                  ? 0
                  : std::min(expected_barrier(out.weights, knee, hot_beta), out.largest_barrier);
  return out;
}

std::string describe_barrier(const ExpectedLadder& expected) {
  const auto& pilot = expected.pilot;
  const auto trial =
      fmt::format("a pilot run of {} sweeps on {} samples", pilot.sweeps, pilot.samples);
  const double barrier = expected.measured() ? pilot.barrier : expected.alike;
  if (std::isnan(barrier))
    return fmt::format("barrier     unknown (in {} swaps were too rare to tell)", trial);
  auto text = fmt::format("barrier     about {:.3g}, ", barrier);
  text += expected.measured()
              ? fmt::format("by {}", trial)
              : fmt::format(
                    "if the data bind all {:.0f} weights alike (in {} swaps were too rare "
                    "to tell)",
                    expected.weights, trial);
  if (std::isfinite(expected.largest_barrier))
    text += fmt::format("; at most {:.3g}", expected.largest_barrier);
  const auto rungs = suggested_rungs(barrier);
  return text + fmt::format(
                    "\nrungs       {} for this barrier (the ladder has {}): {} ranks work on a "
                    "replica each, fewer on several",
                    rungs, expected.rungs, static_cast<std::int64_t>(rungs) * expected.ladders);
}

std::string describe_placement(int replicas, int ranks) {
  const auto who = fmt::format("{} replica{} on {} rank{}", replicas, replicas == 1 ? "" : "s",
                               ranks, ranks == 1 ? "" : "s");
  if (ranks == 1 || ranks == replicas) return who;
  if (ranks < replicas) return fmt::format("{}: {} on each", who, share(replicas, ranks));
  return fmt::format("{}: teams of {} share a replica's data", who, share(ranks, replicas));
}

MemoryEstimate estimate_memory(const std::vector<int>& widths, std::int64_t samples,
                               std::int64_t test_samples, int bytes_per_number) {
  double hidden = 0;
  for (std::size_t k = 1; k + 1 < widths.size(); ++k) hidden += widths[k];
  const auto all = static_cast<double>(samples + test_samples);
  const double activations = 2 * hidden * static_cast<double>(samples);
  const double weights = 3 * sum(layer_sizes(widths));
  return {.data_per_node = all * widths.front() * 4.0,
          .per_replica = (activations + weights) * bytes_per_number};
}

}  // namespace echelon
