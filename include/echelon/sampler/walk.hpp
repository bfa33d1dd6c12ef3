#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "echelon/core/rung.hpp"
#include "echelon/sampler/counters.hpp"
#include "echelon/sampler/moves.hpp"
#include "echelon/sampler/point.hpp"
#include "echelon/sampler/temperatures.hpp"

namespace echelon {

/// What every kernel of one sweep shares. The kernels own no state: weights are the live ones,
/// `candidates` holds one proposal per layer (its contents between moves mean nothing).
template <LayeredLoss Model, class Moves, class Random = Stream>
struct Walk {
  using Layer = LayerOf<Model>;
  using Branch = typename Model::Branch;

  const Model& model;
  const Moves& moves;
  const Temperatures& temperatures;
  Rung rung;
  std::span<const double> step;  ///< per layer
  Random& random;
  Counters& counters;
  LayersOf<Model>& weights;
  LayersOf<Model>& candidates;

  int depth() const { return temperatures.depth(); }
  int last() const { return depth() - 1; }
  double inverse(int layer) const { return temperatures.inverse(layer, rung); }

  /// A_d / A_k, whatever beta.
  double inverse_ratio(int layer) const {
    const Rung unit{rung.index, 1.0};
    return temperatures.inverse(layer, unit) / temperatures.inverse(last(), unit);
  }

  /// One of the layer's changes, uniformly: a scan in random order is reversible as a whole, one in
  /// a fixed order is not.
  Change any_change(int layer) {
    const int n = moves.changes(layer);
    return moves.change(layer, n == 1 ? 0 : static_cast<int>(random.below(at(n))));
  }

  /// Proposes into candidates[layer]; returns the log prior part of the acceptance.
  double propose(int layer, Change change) {
    return moves.propose(layer, change, step[at(layer)], weights[at(layer)], candidates[at(layer)],
                         random);
  }

  Branch extend(const Branch& entering, int layer, const Layer& w, Change change,
                const Branch& current) {
    ++counters.extensions;
    return model.extend(entering, layer, w, change, current);
  }

  /// Mean losses of the branches under w_last; whatever is not finite comes back as +infinity.
  void losses(std::span<const Branch> entering, const Layer& w_last, std::span<double> out) {
    counters.evaluations += static_cast<std::int64_t>(entering.size());
    model.losses(entering, w_last, out);
    refuse_non_finite(out);
  }

  /// The same with their slopes; zero for a slope that is not finite.
  void losses(std::span<const Branch> entering, const Layer& w_last, std::span<double> out,
              std::span<Slope> slopes) requires SlopedLoss<Model> {
    counters.evaluations += static_cast<std::int64_t>(entering.size());
    counters.slopes += static_cast<std::int64_t>(entering.size());
    model.losses(entering, w_last, out, slopes);
    refuse_non_finite(out);
    for (Slope& slope : slopes)
      if (!slope.allFinite()) slope.setZero();
  }

  /// Decides on a proposal for the layer. A ratio that is not a number is a rejection.
  bool accept(int layer, double log_ratio) {
    const double probability = log_ratio >= 0 ? 1.0 : log_ratio < 0 ? std::exp(log_ratio) : 0.0;
    auto& tally = counters.layers[at(layer)];
    ++tally.proposals;
    tally.acceptance += probability;
    return happens(random, probability);
  }

  void refuse_non_finite(std::span<double> losses) {
    for (double& loss : losses)
      if (!std::isfinite(loss)) {
        ++counters.non_finite;
        loss = std::numeric_limits<double>::infinity();
      }
  }

  void keep_candidate(int layer) { std::swap(weights[at(layer)], candidates[at(layer)]); }
};

}  // namespace echelon
