#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "echelon/sampler/branch_target.hpp"
#include "support/statistics.hpp"

namespace echelon::oracle {

/// One way of estimating outer moves, as tests name it.
struct Method {
  std::string name;
  Estimator estimator;
  int inner;
  Switching switching = Switching::one_way;

  BranchOptions options(std::vector<double> step) const {
    BranchOptions result;
    result.estimator = estimator;
    result.inner_steps = inner;
    result.switching = switching;
    result.step = std::move(step);
    return result;
  }
};

/// What a run tells: the draws of every weight (layer by layer) and their losses.
struct Series {
  std::vector<std::vector<double>> weights;
  std::vector<double> loss;
};

/// The weights of the draw, whatever the estimator keeps beside them.
template <class State>
const auto& drawn_weights(const State& state) {
  if constexpr (requires { state.live; })
    return state.recorded ? state.recorded->weights : state.live.weights;
  else
    return state.draw.weights;
}

template <class Target>
Series run(Target target, Rung rung, int sweeps, std::uint64_t seed = 1, int burn = 500) {
  Series series;
  auto state = target.start({seed, 0, 0});
  for (int sweep = 1; sweep <= sweeps + burn; ++sweep) {
    target.explore(state, rung, {seed, 0, static_cast<std::uint64_t>(sweep)});
    if (sweep <= burn) continue;
    std::size_t i = 0;
    for (const auto& layer : drawn_weights(state))
      for (Eigen::Index j = 0; j < layer.size(); ++j, ++i) {
        if (series.weights.size() == i) series.weights.emplace_back();
        series.weights[i].push_back(layer(j));
      }
    series.loss.push_back(target.energy(state));
  }
  return series;
}

/// How many standard errors the mean of the series lies from the expected value.
inline double deviation(std::span<const double> series, double expected) {
  const auto estimate = batch_means(series);
  return (estimate.mean - expected) / estimate.error;
}

inline std::vector<double> product(std::span<const double> a, std::span<const double> b,
                                   double shift_a = 0, double shift_b = 0) {
  std::vector<double> result;
  for (std::size_t i = 0; i < a.size(); ++i) result.push_back((a[i] - shift_a) * (b[i] - shift_b));
  return result;
}

}  // namespace echelon::oracle
