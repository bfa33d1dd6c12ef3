#pragma once

#include <concepts>
#include <span>
#include <vector>

#include "echelon/core/matrix.hpp"
#include "echelon/model/change.hpp"
#include "echelon/model/refusal.hpp"

namespace echelon {

namespace detail {
template <class M>
struct LayerOf {
  using type = Matrix<typename M::Real>;
};
template <class M>
requires requires { typename M::Layer; }
struct LayerOf<M> {
  using type = typename M::Layer;
};
}  // namespace detail

/// The type of one layer's weights: Matrix<M::Real>, unless the model names its own Layer (an Eigen
/// type with storage on the stack, say).
template <class M>
using LayerOf = typename detail::LayerOf<M>::type;

/// A loss that is computed layer by layer. Layers count from 0 (the paper's W_1) to depth() - 1.
/// A **branch** is what enters a layer for one choice of the weights before it: a cheap value, so
/// that keeping, dropping and restoring one is copying a handle. The activations entering layer 0
/// are root(); what enters layer k+1 is
///     extend(entering, k, w, change, current)        for k < depth() - 1,
/// where `entering` enters layer k, `w` is the new W_k and `current` is the branch that left layer
/// k from the same `entering` under weights that differ from `w` only in `change.row`. It is
/// ignored when change.row == Change::all (pass a default-constructed branch). losses() gives the
/// mean training loss of every branch that enters the last layer, under one W_last; it may return
/// non-finite values, which the sampler rejects and counts.
template <class M>
concept LayeredLoss = std::copyable<typename M::Branch> &&
    std::default_initializable<typename M::Branch> &&
    requires(const M& m, const typename M::Branch& branch, int layer, const LayerOf<M>& w,
             Change change, std::span<const typename M::Branch> branches, std::span<double> out) {
  typename M::Real;
  { m.depth() } -> std::convertible_to<int>;
  { m.root() } -> std::convertible_to<typename M::Branch>;
  { m.extend(branch, layer, w, change, branch) } -> std::convertible_to<typename M::Branch>;
  m.losses(branches, w, out);
};

/// The slope of a loss in the last layer's weights, d L / d W_last, in their shape.
using Slope = Matrix<double>;

/// A layered loss that also knows its slopes: the same losses() with slopes[i] the slope of out[i],
/// and out bitwise what it is without.
template <class M>
concept SlopedLoss = LayeredLoss<M> &&
    requires(const M& m, const LayerOf<M>& w, std::span<const typename M::Branch> branches,
             std::span<double> out, std::span<Slope> slopes) {
  m.losses(branches, w, out, slopes);
};

/// A layered loss that can put a row of one branch into another: splice(current, row, source) is
/// `current` with that row of `source`, where both left the same layer from the same branch.
template <class M>
concept SplicedLoss = LayeredLoss<M> &&
    requires(const M& m, const typename M::Branch& branch, int row) {
  { m.splice(branch, row, branch) } -> std::convertible_to<typename M::Branch>;
};

/// A layered loss that can give up: losses_unless(branches, layers, out, give_up, refusal) gives
/// the losses of branch i under last layer i, but for those that `give_up` marks when it is told
/// lower bounds (model/refusal.hpp); returns which.
template <class M>
concept RefusableLoss = LayeredLoss<M> &&
    requires(const M& m, std::span<const typename M::Branch> branches,
             std::span<const LayerOf<M>* const> layers, std::span<double> out,
             const GiveUp& give_up, Refusal refusal) {
  { m.losses_unless(branches, layers, out, give_up, refusal) } -> std::same_as<std::vector<bool>>;
};

/// A layered loss whose samples can be put in an order that tells early whether a loss is high:
/// arrange(difficulty) leaves every loss as it is and voids all branches; sample_losses(branch, w)
/// are the losses of the samples; visit_hardest_first(branch, w) does the same less well, for next
/// to nothing and voiding nothing.
template <class M>
concept ArrangedLoss = RefusableLoss<M> &&
    requires(const M& m, const typename M::Branch& branch, const LayerOf<M>& w,
             std::span<const double> difficulty) {
  m.arrange(difficulty);
  m.visit_hardest_first(branch, w);
  { m.sample_losses(branch, w) } -> std::same_as<std::vector<double>>;
};

/// The branches of one choice of weights: element l enters layer l, element 0 is the root.
template <LayeredLoss M>
using Path = std::vector<typename M::Branch>;

/// All layers of one choice of weights.
template <LayeredLoss M>
using LayersOf = std::vector<LayerOf<M>>;

}  // namespace echelon
