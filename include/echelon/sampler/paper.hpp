#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "echelon/core/log_math.hpp"
#include "echelon/sampler/last_layer.hpp"

namespace echelon {

/// The `paper` estimator [J p.15, Algorithm 2 for two layers; E for more]. An outer proposal w_k'
/// is judged by T' moves of the deeper layers at the current w_k,
///     log r = log mean_i exp( -dV_{k+1}(v_i) / A_{k+1} ),   dV_k = -A_{k+1} log r,
/// and accepted with min(1, exp(-dV_k / A_k) Q(w_k') / Q(w_k)). For the last layer dV_d(v) =
/// L(w_k', v) - L(w_k, v) at the state after each inner decision; for layers between, dV_{k+1} is
/// what the next level's chain returned for the pending proposals of all shallower layers, at the
/// state before the decision on w_{k+1}. Biased at finite T'; kept for fidelity.
///
/// The pending proposal of layer k is observer k: a path of weight zero. Its loss is evaluated only
/// after inner acceptances, and the shallow products behind it are made once.
template <LayeredLoss Model, class Moves, class Random = Stream>
class Paper {
 public:
  using WalkType = Walk<Model, Moves, Random>;
  using Branch = typename Model::Branch;
  /// Receives the state after the last inner move, before the decisions on the shallower layers:
  /// (w_1, v_T') drawn under the same w_1.
  using Recorder = std::function<void(const Point<Model>&)>;

  Paper(WalkType& walk, Point<Model>& live, int inner_steps)
      : walk_(walk),
        live_(live),
        last_(walk),
        inner_steps_(inner_steps),
        observers_(at(walk.last())),
        estimates_(at(walk.depth()), std::vector<double>(at(walk.last()))) {}

  /// One pass over the changes of layer 0; a single layer is plain Metropolis and records nothing.
  void sweep(const Recorder& record) {
    record_ = &record;
    const int changes = walk_.moves.changes(0);
    for (int i = 0; i < changes; ++i) move(0, walk_.moves.change(0, i), Record(i + 1 == changes));
  }

 private:
  enum class Record : bool { no = false, yes = true };

  /// The pending proposal of one shallower layer.
  struct Observer {
    Path<Model> path;
    double loss = 0;
    bool inside = false;  ///< the proposal lies in the prior's support
    bool stale = true;    ///< the loss belongs to other deeper weights
  };

  /// One move of layer k; estimates_[k][j] becomes dV_k of observer j against the live path, j < k.
  void move(int k, Change change, Record record) {
    if (k == walk_.last()) return metropolis(change);
    const double prior = propose(k, change);
    std::vector<double> sums(at(k) + 1, -std::numeric_limits<double>::infinity());
    for (int i = 0; i < inner_steps_; ++i) {
      move(k + 1, walk_.any_change(k + 1), Record(record == Record::yes && i + 1 == inner_steps_));
      for (int j = 0; j <= k; ++j)
        sums[at(j)] = log_add(sums[at(j)], -estimates_[at(k) + 1][at(j)] * walk_.inverse(k + 1));
    }
    for (int j = 0; j <= k; ++j)
      estimates_[at(k)][at(j)] = (std::log(inner_steps_) - sums[at(j)]) / walk_.inverse(k + 1);
    if (record == Record::yes && k + 2 == walk_.depth()) (*record_)(live_);
    if (walk_.accept(k, prior - estimates_[at(k)][at(k)] * walk_.inverse(k))) adopt(k, change);
    observers_[at(k)] = {};
  }

  /// The deepest layer: plain Metropolis on the live path, then the observers' losses.
  void metropolis(Change change) {
    const double whole = 1;
    const Mixture<Model> live{std::span(&live_.path.back(), 1), std::span(&whole, 1),
                              std::span(&live_.loss, 1), std::span(&slope_, 1)};
    if (last_.move(change, live))
      for (auto& observer : observers_) observer.stale = true;
    observe();
  }

  /// Brings the observers' losses up to date and writes the deepest estimates.
  void observe() {
    refresh_losses();
    for (std::size_t j = 0; j < observers_.size(); ++j)
      estimates_[at(walk_.last())][j] = observers_[j].inside
                                            ? observers_[j].loss - live_.loss
                                            : std::numeric_limits<double>::infinity();
  }

  /// Evaluates the observers whose loss belongs to other deeper weights, in one call.
  void refresh_losses() {
    entering_.clear();
    for (const auto& observer : observers_)
      if (observer.inside && observer.stale) entering_.push_back(observer.path[at(walk_.last())]);
    if (entering_.empty()) return;
    losses_.resize(entering_.size());
    walk_.losses(entering_, walk_.weights[at(walk_.last())], losses_);
    auto loss = losses_.begin();
    for (auto& observer : observers_)
      if (observer.inside && std::exchange(observer.stale, false)) observer.loss = *loss++;
    entering_.clear();
  }

  /// Proposes for layer k and makes the proposal observer k.
  double propose(int k, Change change) {
    const double prior = walk_.propose(k, change);
    auto& observer = observers_[at(k)];
    observer.inside = prior > -std::numeric_limits<double>::infinity();
    observer.stale = true;
    if (!observer.inside) return prior;
    observer.path = live_.path;
    observer.path[at(k) + 1] =
        walk_.extend(live_.path[at(k)], k, walk_.candidates[at(k)], change, live_.path[at(k) + 1]);
    lengthen(observer.path, k + 1);
    return prior;
  }

  /// Recomputes the branches behind layer k under the live weights.
  void lengthen(Path<Model>& path, int k) {
    for (int l = k; l < walk_.last(); ++l)
      path[at(l) + 1] = walk_.extend(path[at(l)], l, walk_.weights[at(l)], {}, Branch{});
  }

  /// Makes the pending proposal of layer k live; the shallower proposals follow its new weights.
  void adopt(int k, Change change) {
    refresh_losses();  // stale when the last decision on layer k+1 was an acceptance
    if (!std::isfinite(observers_[at(k)].loss)) return;
    walk_.keep_candidate(k);
    live_.path = std::move(observers_[at(k)].path);
    live_.loss = observers_[at(k)].loss;
    slope_ = {};
    for (int j = 0; j < k; ++j) {
      auto& observer = observers_[at(j)];
      if (!observer.inside) continue;
      auto& path = observer.path;
      path[at(k) + 1] = walk_.extend(path[at(k)], k, walk_.weights[at(k)], change, path[at(k) + 1]);
      lengthen(path, k + 1);
      observer.stale = true;
    }
  }

  WalkType& walk_;
  Point<Model>& live_;
  LastLayer<Model, Moves, Random> last_;
  Slope slope_;  ///< of live_.loss, where known
  int inner_steps_;
  std::vector<Observer> observers_;             ///< [layer that proposed]
  std::vector<std::vector<double>> estimates_;  ///< [level][observer]
  std::vector<Branch> entering_;
  std::vector<double> losses_;
  const Recorder* record_ = nullptr;
};

}  // namespace echelon
