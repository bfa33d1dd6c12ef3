#pragma once

#include <concepts>
#include <limits>
#include <vector>

#include "echelon/random/stream.hpp"
#include "echelon/sampler/layered_loss.hpp"

namespace echelon {

/// How a proposal's step may adapt: towards this acceptance rate, up to this step.
struct StepRule {
  double target_acceptance = 0.25;
  double largest = std::numeric_limits<double>::infinity();
};

/// How the weights of one layer are proposed, as the kernels need it. Every method depends on its
/// arguments only.
///   draw(layer, stream, w)     sets w to an exact draw from the layer's prior Q_k;
///   reference(layer)           where a replica starts (M_k unless told otherwise), in the layer's
///                              shape;
///   changes(layer)             how many changes make one pass over the layer (1, or its rows);
///   change(layer, i)           the i-th of them;
///   step_rule(layer)           the StepRule of the layer's proposals;
///   propose(layer, change, step, from, to, stream)
///       sets `to`, equal to `from` except for the change, and returns what the proposal adds to
///       the log acceptance: log Q_k(to) - log Q_k(from) for a symmetric proposal, 0 for one that
///       is reversible for Q_k, -infinity when `to` lies outside the support.
/// Kernels take their randomness from a Random: Stream, or in tests a source that walks through
/// every outcome.
template <class T, class Layer, class Random = Stream>
concept MovesOf = requires(const T& moves, int layer, Change change, double step, const Layer& from,
                           Layer& to, Random& random) {
  moves.draw(layer, random, to);
  { moves.reference(layer) } -> std::convertible_to<Layer>;
  { moves.changes(layer) } -> std::convertible_to<int>;
  { moves.change(layer, 0) } -> std::same_as<Change>;
  { moves.step_rule(layer) } -> std::same_as<StepRule>;
  { moves.propose(layer, change, step, from, to, random) } -> std::convertible_to<double>;
};

/// Moves that may propose for the last layer along the slope of its log density (last_layer.hpp).
///   informed(layer)                     whether they do, for this layer;
///   add_log_prior_slope(layer, w, sum)  adds d log Q_k / dw;
///   log_prior_ratio(layer, from, to)    log Q_k(to) - log Q_k(from), -infinity outside the
///   support.
template <class T, class Layer>
concept InformedMoves = requires(const T& moves, int layer, const Layer& w, Slope& sum) {
  { moves.informed(layer) } -> std::same_as<bool>;
  moves.add_log_prior_slope(layer, w, sum);
  { moves.log_prior_ratio(layer, w, w) } -> std::same_as<double>;
};

/// The rule of every layer's steps.
template <class Moves>
std::vector<StepRule> step_rules(const Moves& moves, int depth) {
  std::vector<StepRule> rules;
  for (int k = 0; k < depth; ++k) rules.push_back(moves.step_rule(k));
  return rules;
}

/// Moves whose proposal can be drawn before it is weighed; that of a row depends on no other row.
///   perturb(layer, change, step, from, to, stream)   writes the changed rows of `to`, nothing
///   else; weigh(layer, change, from, to)                   what propose returns.
template <class T, class Layer, class Random = Stream>
concept ForesightedMoves = MovesOf<T, Layer, Random> &&
    requires(const T& moves, int layer, Change change, double step, const Layer& from, Layer& to,
             Random& random) {
  moves.perturb(layer, change, step, from, to, random);
  { moves.weigh(layer, change, from, from) } -> std::convertible_to<double>;
};

/// Whether an event of this probability happens.
inline bool happens(Stream& stream, double probability) { return stream.uniform() < probability; }

}  // namespace echelon
