#pragma once

#include <concepts>

#include "echelon/random/stream.hpp"
#include "echelon/sampler/layered_loss.hpp"

namespace echelon {

/// How the weights of one layer are proposed, as the kernels need it. Every method depends on its
/// arguments only.
///   draw(layer, stream, w)     sets w to an exact draw from the layer's prior Q_k;
///   reference(layer)           where a replica starts (M_k unless told otherwise), in the layer's
///   shape; changes(layer)             how many changes make one pass over the layer (1, or its
///   rows); change(layer, i)           the i-th of them; propose(layer, change, step, from, to,
///   stream)
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
  { moves.propose(layer, change, step, from, to, random) } -> std::convertible_to<double>;
};

/// Whether an event of this probability happens.
inline bool happens(Stream& stream, double probability) { return stream.uniform() < probability; }

}  // namespace echelon
