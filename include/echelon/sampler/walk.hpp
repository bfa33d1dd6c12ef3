#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "echelon/core/rung.hpp"
#include "echelon/sampler/counters.hpp"
#include "echelon/sampler/decision.hpp"
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
  Refusal refusal = Refusal::early;

  /// Proposals for all rows of layer 0, and the branch that leaves it under them.
  struct Ahead {
    Layer proposal;
    Branch branch;
    int row = Change::all;  ///< in which the candidate differs from the live weights
  };
  std::optional<Ahead> ahead = std::nullopt;

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

  /// Draws the proposals of a pass over the rows of layer 0 at once. A row's proposal depends on no
  /// other row, and all of them together take one pass over the data, which alone costs as much as
  /// a few single rows. Nothing to gain in a single layer or in changes of whole layers.
  void look_ahead(const Branch& root) {
    if constexpr (can_look_ahead) {
      if (depth() == 1 || moves.changes(0) == 1) return;
      candidates[0] = weights[0];
      ahead.emplace(Ahead{weights[0], {}});
      for (int i = 0; i < moves.changes(0); ++i)
        moves.perturb(0, moves.change(0, i), step[0], weights[0], ahead->proposal, random);
      ahead->branch = extend(root, 0, ahead->proposal, {}, {});
    }
  }

  /// Proposes into candidates[layer]; returns the log prior part of the acceptance.
  double propose(int layer, Change change) {
    if constexpr (can_look_ahead)
      if (layer == 0 && ahead) return propose_ahead(change);
    return moves.propose(layer, change, step[at(layer)], weights[at(layer)], candidates[at(layer)],
                         random);
  }

  Branch extend(const Branch& entering, int layer, const Layer& w, Change change,
                const Branch& current) {
    ++counters.extensions;
    if constexpr (can_look_ahead)
      if (layer == 0 && ahead && change.row != Change::all)
        return model.splice(current, change.row, ahead->branch);
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

  /// Losses of branch i under last layer i as the model gives them, to be passed through
  /// refuse_non_finite, but for those that `give_up` marks when it is told lower bounds: their
  /// `out` is unspecified. Returns which.
  std::vector<bool> losses_unless(std::span<const Branch> entering,
                                  std::span<const Layer* const> w_last, std::span<double> out,
                                  const GiveUp& give_up) {
    counters.evaluations += static_cast<std::int64_t>(entering.size());
    if constexpr (RefusableLoss<Model>)
      return model.losses_unless(entering, w_last, out, give_up, refusal);
    for (std::size_t i = 0; i < out.size(); ++i)
      model.losses(entering.subspan(i, 1), *w_last[i], out.subspan(i, 1));
    return std::vector<bool>(out.size(), false);
  }

  /// All of them under one w_last, or, where `hopeless` says so, none: then false.
  bool losses_unless(std::span<const Branch> entering, const Layer& w_last, std::span<double> out,
                     const Hopeless& hopeless) {
    const std::vector<const Layer*> same(entering.size(), &w_last);
    const auto all = [&](std::span<const double> at_least, std::vector<bool>& given_up) {
      given_up.assign(at_least.size(), hopeless(at_least));
    };
    if (losses_unless(entering, same, out, all).front()) return false;
    refuse_non_finite(out);
    return true;
  }

  /// Decides on a proposal for the layer. A ratio that is not a number is a rejection.
  bool accept(int layer, double log_ratio) {
    count(layer, Decision<Random>::probability(log_ratio));
    return Decision<Random>(random).accepts(log_ratio);
  }
  /// The same where early refusals are possible, whose probability nobody knows: it counts answers.
  bool accept(int layer, Decision<Random>& decision, double log_ratio) {
    const bool accepted = decision.accepts(log_ratio);
    count(layer, accepted ? 1 : 0);
    return accepted;
  }
  void refuse(int layer) { count(layer, 0); }

  /// Share of the layer's proposals in this sweep that were accepted; a half before the first.
  double acceptance(int layer) const {
    const auto& tally = counters.layers[at(layer)];
    return (tally.acceptance + 0.5) / (static_cast<double>(tally.proposals) + 1);
  }

  /// Counts losses that are not finite and makes them +infinity.
  void refuse_non_finite(std::span<double> losses) {
    for (double& loss : losses)
      if (!std::isfinite(loss)) {
        ++counters.non_finite;
        loss = std::numeric_limits<double>::infinity();
      }
  }

  void keep_candidate(int layer) { std::swap(weights[at(layer)], candidates[at(layer)]); }

 private:
  void count(int layer, double acceptance) {
    auto& tally = counters.layers[at(layer)];
    ++tally.proposals;
    tally.acceptance += acceptance;
  }

  static constexpr bool can_look_ahead =
      SplicedLoss<Model> && ForesightedMoves<Moves, Layer, Random>;

  double propose_ahead(Change change) {
    if (ahead->row != Change::all) candidates[0].row(ahead->row) = weights[0].row(ahead->row);
    ahead->row = change.row;
    candidates[0].row(change.row) = ahead->proposal.row(change.row);
    return moves.weigh(0, change, weights[0], candidates[0]);
  }
};

}  // namespace echelon
