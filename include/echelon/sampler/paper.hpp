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
/// The pending proposal of layer k is observer k: a path of weight zero. Its loss is evaluated
/// after the last inner move, for all inner states at once, and the shallow products behind it are
/// made once. In two layers that is given up as soon as the proposal is known to be refused.
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
        estimates_(at(walk.last())) {}

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
    bool stale = true;    ///< the loss belongs to other weights
  };

  /// A state of the last layer's chain, and after how many moves in a row it was the state.
  struct Stay {
    LayerOf<Model> w;
    double live_loss;
    int moves;
  };

  /// [observer][inner state]
  using Differences = std::vector<std::vector<double>>;

  /// One move of layer k; estimates_[j] becomes dV_k of observer j against the live path, j < k.
  void move(int k, Change change, Record record) {
    if (k == walk_.last()) return void(last_.move(change, live()));
    const double prior = propose(k, change);
    Decision<Random> decision(walk_.random);
    const auto log_ratio = [&](double dv) { return prior - dv * walk_.inverse(k); };
    Differences inner(at(k) + 1);
    if (k + 1 == walk_.last()) {
      const auto stays = last_layer_chain();
      if (record == Record::yes) (*record_)(live_);
      const auto hopeless = [&](double dv) { return decision.hopeless(log_ratio(dv)); };
      if (!weigh(k, stays, inner, hopeless)) {
        observers_[at(k)] = {};
        return walk_.refuse(k);
      }
    } else {
      for (int i = 0; i < inner_steps_; ++i) {
        const bool recorded = record == Record::yes && i + 1 == inner_steps_;
        move(k + 1, walk_.any_change(k + 1), Record(recorded));
        for (int j = 0; j <= k; ++j) inner[at(j)].push_back(estimates_[at(j)]);
      }
    }
    for (int j = 0; j <= k; ++j) estimates_[at(j)] = estimate(k, inner[at(j)]);
    if (walk_.accept(k, decision, log_ratio(estimates_[at(k)]))) adopt(k, change);
    observers_[at(k)] = {};
  }

  Mixture<Model> live() {
    return {std::span(&live_.path.back(), 1), std::span(&whole_, 1), std::span(&live_.loss, 1),
            std::span(&slope_, 1)};
  }

  /// The inner moves of the last layer, plain Metropolis on the live path.
  std::vector<Stay> last_layer_chain() {
    std::vector<Stay> stays;
    last_.chain(inner_steps_, live(), [&](bool accepted) {
      if (accepted || stays.empty()) stays.push_back({walk_.weights.back(), live_.loss, 0});
      ++stays.back().moves;
    });
    return stays;
  }

  /// dV_d of observers 0 .. k at the inner states: all losses in one call, given up (false) when
  /// layer 0 is refused. Of a proposal outside the support it is infinite.
  template <class TooMuch>
  bool weigh(int k, const std::vector<Stay>& stays, Differences& inner, const TooMuch& hopeless) {
    entering_.clear();
    layers_.clear();
    for (int j = 0; j <= k; ++j) {
      if (!observers_[at(j)].inside) continue;
      entering_.insert(entering_.end(), stays.size(), observers_[at(j)].path.back());
      for (const Stay& stay : stays) layers_.push_back(&stay.w);
    }
    losses_.resize(entering_.size());
    if (entering_.empty() && k == 0) return false;
    GiveUp give_up;
    if (k == 0)
      give_up = [&](std::span<const double> at_least, std::vector<bool>& given_up) {
        read_differences(k, stays, at_least, inner);
        given_up.assign(given_up.size(), hopeless(estimate(k, inner[0])));
      };
    const auto given_up = walk_.losses_unless(entering_, layers_, losses_, give_up);
    entering_.clear();
    if (!given_up.empty() && given_up.front()) return false;
    walk_.refuse_non_finite(losses_);
    read_differences(k, stays, losses_, inner);
    keep_last_losses(k, stays.size());
    return true;
  }

  /// dV_k from dV_{k+1} at the inner states.
  double estimate(int k, const std::vector<double>& inner) const {
    double sum = -std::numeric_limits<double>::infinity();
    for (const double dv : inner) sum = log_add(sum, -dv * walk_.inverse(k + 1));
    return (std::log(inner_steps_) - sum) / walk_.inverse(k + 1);
  }

  void read_differences(int k, const std::vector<Stay>& stays, std::span<const double> losses,
                        Differences& inner) const {
    auto loss = losses.begin();
    for (int j = 0; j <= k; ++j) {
      inner[at(j)].clear();
      for (const Stay& stay : stays)
        inner[at(j)].insert(inner[at(j)].end(), at(stay.moves),
                            observers_[at(j)].inside ? *loss++ - stay.live_loss
                                                     : std::numeric_limits<double>::infinity());
    }
  }

  /// The losses under the last inner state are those under the live last layer.
  void keep_last_losses(int k, std::size_t stays) {
    auto loss = losses_.begin();
    for (int j = 0; j <= k; ++j) {
      auto& observer = observers_[at(j)];
      if (!observer.inside) continue;
      loss += static_cast<std::ptrdiff_t>(stays);
      observer.loss = *(loss - 1);
      observer.stale = false;
    }
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
    auto& adopted = observers_[at(k)];
    if (adopted.stale)  // the last decision on layer k+1 was an acceptance
      walk_.losses(std::span(&adopted.path.back(), 1), walk_.weights.back(),
                   std::span(&adopted.loss, 1));
    if (!std::isfinite(adopted.loss)) return;
    walk_.keep_candidate(k);
    live_.path = std::move(adopted.path);
    live_.loss = adopted.loss;
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
  const double whole_ = 1;  ///< the weight of the live path
  Slope slope_;             ///< of live_.loss, where known
  int inner_steps_;
  std::vector<Observer> observers_;  ///< [layer that proposed]
  std::vector<double> estimates_;    ///< [observer], of the level that moved last
  std::vector<Branch> entering_;
  std::vector<const LayerOf<Model>*> layers_;
  std::vector<double> losses_;
  const Recorder* record_ = nullptr;
};

}  // namespace echelon
