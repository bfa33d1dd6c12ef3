#pragma once

#include <algorithm>
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
/// after inner acceptances, and the shallow products behind it are made once. In two layers an
/// evaluation is given up as soon as the proposal would be refused if every dV were as large: a
/// proposal given up at every inner state is refused, else what was given up is made up for.
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
    walk_.look_ahead(live_.path[0]);
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

  /// An evaluation of observer 0 that was given up: under these deeper weights, which were those of
  /// the inner states begin .. end-1.
  struct Debt {
    LayerOf<Model> w;
    double live_loss;
    int begin, end;
  };

  /// One move of layer k; estimates_[k][j] becomes dV_k of observer j against the live path, j < k.
  void move(int k, Change change, Record record) {
    if (k == walk_.last()) return metropolis(change);
    const double prior = propose(k, change);
    Decision<Random> decision(walk_.random);
    if (k == 0)
      hopeless_ = [&, prior](double dv) {
        return decision.hopeless(prior - dv * walk_.inverse(0));
      };
    std::vector<std::vector<double>> inner(at(k) + 1);
    debts_.clear();
    for (int i = 0; i < inner_steps_; ++i) {
      move(k + 1, walk_.any_change(k + 1), Record(record == Record::yes && i + 1 == inner_steps_));
      for (int j = 0; j <= k; ++j) inner[at(j)].push_back(estimates_[at(k) + 1][at(j)]);
      if (std::isnan(inner[0].back())) owe(i);
    }
    if (record == Record::yes && k + 2 == walk_.depth()) (*record_)(live_);
    if (!debts_.empty() && std::all_of(inner[0].begin(), inner[0].end(), isnan)) {
      walk_.refuse(k);
    } else {
      make_up(inner[0]);
      for (int j = 0; j <= k; ++j) estimates_[at(k)][at(j)] = estimate(k, inner[at(j)]);
      const double log_ratio = prior - estimates_[at(k)][at(k)] * walk_.inverse(k);
      if (walk_.accept(k, decision, log_ratio)) adopt(k, change);
    }
    observers_[at(k)] = {};
  }

  /// dV_k from dV_{k+1} at the inner states.
  double estimate(int k, const std::vector<double>& inner) const {
    double sum = -std::numeric_limits<double>::infinity();
    for (const double dv : inner) sum = log_add(sum, -dv * walk_.inverse(k + 1));
    return (std::log(inner_steps_) - sum) / walk_.inverse(k + 1);
  }

  static bool isnan(double x) { return std::isnan(x); }

  void owe(int i) {
    const auto& w = walk_.weights.back();
    if (!debts_.empty() && debts_.back().end == i && debts_.back().w == w)
      ++debts_.back().end;
    else
      debts_.push_back({w, live_.loss, i, i + 1});
  }

  /// Makes the evaluations of observer 0 that were given up.
  void make_up(std::vector<double>& inner) {
    auto& observer = observers_[0];
    for (const Debt& debt : debts_) {
      double loss = 0;
      walk_.losses(std::span(&observer.path.back(), 1), debt.w, std::span(&loss, 1));
      std::fill(inner.begin() + debt.begin, inner.begin() + debt.end, loss - debt.live_loss);
      if (debt.end == inner_steps_) observer.loss = loss;
    }
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

  /// Evaluates the observers whose loss belongs to other deeper weights, in one call; NaN for one
  /// that is given up.
  void refresh_losses() {
    entering_.clear();
    for (const auto& observer : observers_)
      if (observer.inside && observer.stale) entering_.push_back(observer.path[at(walk_.last())]);
    if (entering_.empty()) return;
    losses_.resize(entering_.size());
    const auto too_high = [&](std::span<const double> at_least) {
      return hopeless_(at_least[0] - live_.loss);
    };
    const auto& w_last = walk_.weights.back();
    if (walk_.depth() > 2)
      walk_.losses(entering_, w_last, losses_);
    else if (!walk_.losses_unless(entering_, w_last, losses_, too_high))
      losses_[0] = std::numeric_limits<double>::quiet_NaN();
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
  std::function<bool(double)> hopeless_;        ///< whether any dV from this one up is refused
  std::vector<Debt> debts_;
  std::vector<Branch> entering_;
  std::vector<double> losses_;
  const Recorder* record_ = nullptr;
};

}  // namespace echelon
