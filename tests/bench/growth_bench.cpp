// How the cost of a sweep of the paper's experiment grows in the number of samples, of replicas on
// one rank and of inner steps: medians of runs that take turns, and the slope of the line through
// them on logarithmic axes (1: proportional).

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "baselines.hpp"
#include "echelon/sampler/network_target.hpp"

namespace echelon {
namespace {

using Sampler = NetworkTarget<float>;

Split first_images(int count) {
  Split split;
  split.samples = count;
  split.features = images().features;
  split.inputs = images().inputs.leftCols(count);
  split.labels.assign(images().labels.begin(), images().labels.begin() + count);
  return split;
}

/// Replicas of the experiment, some sweeps on their way.
class Experiment {
 public:
  Experiment(int samples, int replicas, int inner_steps) : target_(make(samples, inner_steps)) {
    for (std::uint32_t replica = 0; replica < static_cast<std::uint32_t>(replicas); ++replica)
      states_.push_back(target_.start({1, replica, 0}));
    for (int i = 0; i < 20; ++i) sweep();
    target_.arrange(states_, target_.difficulty(states_[0]));
  }
  void sweep() {
    ++sweep_;
    for (std::uint32_t replica = 0; replica < states_.size(); ++replica)
      target_.explore(states_[replica], {0, 1.0}, {1, replica, sweep_});
  }

 private:
  static Sampler make(int samples, int inner_steps) {
    const auto network = make_network(widths, {}, identity_reference(widths));
    BranchOptions options;
    options.estimator = Estimator::paper;
    options.inner_steps = inner_steps;
    options.step = {.001, .0005};
    return {std::make_shared<const NetworkLoss<float>>(network, first_images(samples),
                                                       Communicator(), Communicator()),
            {make_prior(network, PriorKind::flat, {}, {}), Proposal::full},
            Temperatures({2e-6, 1e-6}),
            options};
  }

  Sampler target_;
  std::vector<Sampler::State> states_;
  std::uint64_t sweep_ = 0;
};

/// Least squares through (log x, log y).
double slope(const std::vector<double>& x, const std::vector<double>& y) {
  double mean_x = 0, mean_y = 0, xy = 0, xx = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += std::log(x[i]) / static_cast<double>(x.size());
    mean_y += std::log(y[i]) / static_cast<double>(x.size());
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (std::log(x[i]) - mean_x) * (std::log(y[i]) - mean_y);
    xx += (std::log(x[i]) - mean_x) * (std::log(x[i]) - mean_x);
  }
  return xy / xx;
}

void growth(benchmark::State& state, const std::vector<int>& sizes,
            const std::function<Experiment(int)>& make) {
  std::vector<Experiment> experiments;
  for (const int size : sizes) experiments.push_back(make(size));
  std::vector<std::vector<double>> times(sizes.size());
  for (auto _ : state) {
    double total = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      times[i].push_back(seconds([&] { experiments[i].sweep(); }));
      total += times[i].back();
    }
    state.SetIterationTime(total);
  }
  std::vector<double> medians;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    medians.push_back(median(times[i]));
    state.counters["at_" + std::to_string(sizes[i])] = medians.back();
  }
  state.counters["slope"] = slope({sizes.begin(), sizes.end()}, medians);
}

void growth_in_samples(benchmark::State& state) {
  growth(state, {6000, 13000, 28000, 60000}, [](int n) { return Experiment(n, 1, 10); });
}
void growth_in_replicas(benchmark::State& state) {
  growth(state, {1, 2, 5, 10}, [](int replicas) { return Experiment(12000, replicas, 10); });
}
void growth_in_inner_steps(benchmark::State& state) {
  growth(state, {100, 200, 500, 1000}, [](int steps) { return Experiment(12000, 1, steps); });
}
BENCHMARK(growth_in_samples)->UseManualTime()->Iterations(15)->Unit(benchmark::kMillisecond);
BENCHMARK(growth_in_replicas)->UseManualTime()->Iterations(15)->Unit(benchmark::kMillisecond);
BENCHMARK(growth_in_inner_steps)->UseManualTime()->Iterations(15)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace echelon
