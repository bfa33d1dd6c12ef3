#pragma once

#include <cmath>
#include <concepts>
#include <limits>

#include "echelon/model/prior.hpp"
#include "echelon/sampler/linear_head.hpp"
#include "echelon/sampler/walk.hpp"

namespace echelon {

/// A loss whose last layer is linear and whose sample loss is the squared distance: it can also
/// give the moments of what enters that layer.
template <class M>
concept LinearHeadLoss = LayeredLoss<M> && requires(const M& m, const typename M::Branch& branch) {
  { m.moments(branch) } -> std::convertible_to<HiddenMoments>;
};

/// theta log Z_d, theta = A_d / A_{d-1}: the log density of the layers before the last against
/// their prior at this rung, up to a constant. 0 at beta = 0; NaN when the moments are not finite.
inline double log_tilt(const LinearHead& head, const Temperatures& temperatures, Rung rung) {
  const int last = temperatures.depth() - 1;
  const double theta = last > 0 ? temperatures.theta(last - 1, rung) : 1.0;
  return theta * head.log_evidence(temperatures.inverse(last, rung));
}

/// The estimator `collapsed` [E, theory 3]. With identity output, squared loss and a Gaussian prior
/// on the last layer, W_d integrates out (LinearHead) and the layers before it have the density
///     Q(w_<d) Z_d(w_<d)^theta,    theta = A_d / A_{d-1},
/// when a_1 = .. = a_{d-2} = 0. They move by plain Metropolis steps, accepted with
///     min(1, (Z_d(w') / Z_d(w))^theta Q(w') / Q(w)),
/// which leave that law exactly invariant whatever theta is.
template <LinearHeadLoss Model, class Moves, class Random = Stream>
class Collapsed {
 public:
  using WalkType = Walk<Model, Moves, Random>;

  Collapsed(WalkType& walk, const HeadPrior& prior) : walk_(walk), prior_(prior) {}

  /// One pass over the changes of every layer before the last; `path` and `head` follow.
  void sweep(Path<Model>& path, LinearHead& head) {
    double tilt = log_tilt(head, walk_.temperatures, walk_.rung);
    for (int k = 0; k < walk_.last(); ++k)
      for (int i = 0; i < walk_.moves.changes(k); ++i)
        move(k, walk_.moves.change(k, i), path, head, tilt);
  }

 private:
  void move(int k, Change change, Path<Model>& path, LinearHead& head, double& tilt) {
    double log_ratio = walk_.propose(k, change);
    Path<Model> pending;
    LinearHead pending_head;
    double pending_tilt = 0;
    if (log_ratio > -std::numeric_limits<double>::infinity()) {
      pending = extend(k, change, path);
      pending_head = LinearHead(walk_.model.moments(pending.back()), prior_);
      ++walk_.counters.evaluations;
      pending_tilt = log_tilt(pending_head, walk_.temperatures, walk_.rung);
      if (!std::isfinite(pending_tilt)) ++walk_.counters.non_finite;
      log_ratio += pending_tilt - tilt;
    }
    if (!walk_.accept(k, log_ratio)) return;
    walk_.keep_candidate(k);
    path = std::move(pending);
    head = std::move(pending_head);
    tilt = pending_tilt;
  }

  Path<Model> extend(int k, Change change, const Path<Model>& path) {
    Path<Model> pending = path;
    pending[at(k + 1)] =
        walk_.extend(path[at(k)], k, walk_.candidates[at(k)], change, path[at(k + 1)]);
    for (int l = k + 1; l < walk_.last(); ++l)
      pending[at(l + 1)] = walk_.extend(pending[at(l)], l, walk_.weights[at(l)], {}, {});
    return pending;
  }

  WalkType& walk_;
  const HeadPrior& prior_;
};

/// Error(usage) unless a_1 = .. = a_{d-2} = 0 on every rung: V_{d-1} is known in closed form, the
/// free energies of shallower layers are not.
void require_collapsible(const Temperatures& temperatures);

/// The last layer's prior in the form LinearHead takes. Error(usage) unless the network has
/// identity output and squared loss and the prior is Gaussian without a radius.
HeadPrior head_prior(const Network& network, const Prior& prior);

}  // namespace echelon
