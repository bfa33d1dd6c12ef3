#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "echelon/sampler/branch_options.hpp"
#include "echelon/sampler/fan.hpp"

namespace echelon {

/// The `bridge` estimator [E, theory 3]: since d/ds V_k = E[dL_s/ds] under the conditional law of
/// the deeper layers at the loss L_s = (1-s) L(w_k,.) + s L(w_k',.), an outer proposal w_k'
/// switches the loss from its current branch to its proposed one in B steps,
///     W += dL/(2B);  a move of the deeper layers at s = (b - 1/2)/B;  W += dL/(2B),
/// dL = L(w_k', v) - L(w_k, v), and is accepted with min(1, exp(-W / A_k) Q(w_k') / Q(w_k))
/// together with the transported deeper weights v. The path is reversible as a whole (rows drawn at
/// random, deeper compositions palindromic), so that at A_k = A_d this is nonequilibrium candidate
/// Monte Carlo (Nilmeier et al., PNAS 2011): exact for every B. At A_k > A_d it is exact as B
/// grows.
///
/// Round trip, theta = A_{k+1} / A_k: were dV known, exp((-W + (1-theta) dV) / A_{k+1}) would be
/// exact at every B (for k = d-1). The work W' of switching a relaxed copy of the end state back
/// estimates it: for Gaussian work S - W' has mean dV and variance 2 A S, S the mean dissipation
/// (Crooks 1999). With the penalty for a noisy log ratio, half its variance (Ceperley and Dewing
/// 1999), accept with
///     exp( (-W - (1-theta) W' + theta (1-theta) S) / A_{k+1} ),   S estimated by max(0, (W +
///     W')/2).
///
/// Inside a deeper move the current loss is itself such a mixture, so the number of paths doubles
/// with every level that is switching.
template <LayeredLoss Model, class Moves, class Random = Stream>
class Bridge {
 public:
  using WalkType = Walk<Model, Moves, Random>;
  using Branch = typename Model::Branch;

  /// Buffers reused from sweep to sweep; they hold no state and, between sweeps, no branches.
  struct Workspace {
    std::vector<Fan<Model>> doubled;
    std::vector<LayersOf<Model>> saved;
    explicit Workspace(int depth) : doubled(at(depth)), saved(at(depth)) {}
  };

  Bridge(WalkType& walk, const BranchOptions& options, Workspace& space)
      : walk_(walk), options_(options), space_(space), last_(walk) {}

  /// One pass over the changes of layer 0, the deeper layers moving before and after each.
  void sweep(Fan<Model>& fan) {
    const int changes = walk_.moves.changes(0);
    walk_.look_ahead(fan.entering[0][0]);
    for (int i = 0; i < changes; ++i) move_between(0, walk_.moves.change(0, i), fan);
  }

  /// One reversible move of layer k and everything deeper, for the fan's mixture loss.
  void move(int k, Fan<Model>& fan) { move_between(k, walk_.any_change(k), fan); }

  /// Moves of layer k and deeper at fixed shallower weights: options.relaxation_moves() of them
  /// beside an outer move of layer 0, one beside every deeper one.
  void relax(int k, Fan<Model>& fan) {
    const int moves = k == 1 ? options_.relaxation_moves() : 1;
    if (k == walk_.last()) return last_.chain(moves, fan.mixture(), [](bool) {});
    for (int i = 0; i < moves; ++i) move(k, fan);
  }

  /// Work, in units of A_k at beta = 1, of switching layer k and everything deeper from one beta to
  /// another at fixed shallower weights: -log of Z_k's ratio, plus dissipation. Leaves the rung's
  /// beta at the last midpoint.
  double switch_beta(int k, Fan<Model>& fan, double from, double to) {
    const double difference = (to - from) * walk_.temperatures.inverse(k, {walk_.rung.index, 1.0});
    if (options_.inner_steps == 0) return difference * fan.loss[0];
    double work = 0;
    for (int b = 0; b < options_.inner_steps; ++b) {
      walk_.rung.beta = from + (to - from) * (b + 0.5) / options_.inner_steps;
      work += fan.loss[0];
      move(k, fan);
      work += fan.loss[0];
    }
    return difference * work / (2 * options_.inner_steps);
  }

 private:
  void move_between(int k, Change change, Fan<Model>& fan) {
    if (k == walk_.last()) {
      last_.move(change, fan.mixture());
      return;
    }
    relax(k + 1, fan);
    outer(k, change, fan);
    relax(k + 1, fan);
  }

  /// An outer move: switch from the current paths to the pending ones and decide.
  void outer(int k, Change change, Fan<Model>& fan) {
    const double prior = walk_.propose(k, change);
    if (prior == -std::numeric_limits<double>::infinity()) {
      walk_.accept(k, prior);
      return;
    }
    Fan<Model>& pair = space_.doubled[at(k)];
    open(k, change, fan, pair);
    if (instantaneous(k)) {
      if (leap(k, prior, fan, pair)) adopt(k, std::move(pair), fan);
      return close(pair);
    }
    walk_.losses(pending_branches(pair), walk_.weights.back(),
                 std::span(pair.loss).last(fan.size()));
    auto& saved = space_.saved[at(k)];
    saved.assign(walk_.weights.begin() + k + 1, walk_.weights.end());
    if (walk_.accept(k, prior + log_acceptance(k, fan, pair))) {
      walk_.keep_candidate(k);
      adopt(k, std::move(pair), fan);
    } else {
      std::copy(saved.begin(), saved.end(), walk_.weights.begin() + k + 1);
    }
    close(pair);
  }

  static void close(Fan<Model>& pair) {
    for (auto& branches : pair.entering) branches.clear();
  }

  /// Whether the work of an outer move is just the difference of two losses.
  bool instantaneous(int k) const {
    return options_.inner_steps == 0 && (options_.switching == Switching::one_way ||
                                         walk_.temperatures.theta(k, walk_.rung) == 1);
  }

  /// Decides on such a move; gives its evaluation up as soon as it is refused.
  bool leap(int k, double prior, const Fan<Model>& fan, Fan<Model>& pair) {
    Decision<Random> decision(walk_.random);
    const auto log_ratio = [&](std::span<const double> pending) {
      return prior - weighted_difference(fan.weight, fan.loss, pending) * walk_.inverse(k);
    };
    const auto pending = std::span(pair.loss).last(fan.size());
    if (!walk_.losses_unless(
            pending_branches(pair), walk_.weights.back(), pending,
            [&](std::span<const double> least) { return decision.hopeless(log_ratio(least)); })) {
      walk_.refuse(k);
      return false;
    }
    if (!walk_.accept(k, decision, log_ratio(pending))) return false;
    walk_.keep_candidate(k);
    return true;
  }

  /// Sets `pair` to the fan's paths followed by the same paths under candidates[k], whose losses
  /// are still to be evaluated.
  void open(int k, Change change, const Fan<Model>& fan, Fan<Model>& pair) {
    const std::size_t n = fan.size();
    pair.weight.assign(2 * n, 0.0);
    pair.loss.resize(2 * n);
    std::copy(fan.loss.begin(), fan.loss.end(), pair.loss.begin());
    pair.slope = fan.slope;
    pair.slope.resize(2 * n);
    pair.entering.resize(fan.entering.size());
    for (int l = k + 1; l <= walk_.last(); ++l) {
      auto& branches = pair.entering[at(l)];
      branches = fan.entering[at(l)];
      for (std::size_t j = 0; j < n; ++j)
        branches.push_back(l == k + 1 ? walk_.extend(fan.entering[at(k)][j], k,
                                                     walk_.candidates[at(k)], change, branches[j])
                                      : walk_.extend(pair.entering[at(l - 1)][n + j], l - 1,
                                                     walk_.weights[at(l - 1)], {}, Branch{}));
    }
  }

  std::span<const Branch> pending_branches(const Fan<Model>& pair) const {
    return std::span(pair.entering[at(walk_.last())]).last(pair.size() / 2);
  }

  /// Makes the pending half of `pair` the fan's paths.
  void adopt(int k, Fan<Model>&& pair, Fan<Model>& fan) {
    const auto n = static_cast<std::ptrdiff_t>(fan.size());
    std::copy(pair.loss.begin() + n, pair.loss.end(), fan.loss.begin());
    fan.slope.assign(pair.slope.begin() + n, pair.slope.end());
    for (int l = k + 1; l <= walk_.last(); ++l)
      std::move(pair.entering[at(l)].begin() + n, pair.entering[at(l)].end(),
                fan.entering[at(l)].begin());
  }

  /// The switching part of the log acceptance; leaves the transported deeper state behind.
  double log_acceptance(int k, const Fan<Model>& fan, Fan<Model>& pair) {
    const double pending = difference(fan, pair);
    if (!std::isfinite(pending)) return -std::numeric_limits<double>::infinity();
    const double work = switch_over(k, fan, pair, Direction::there);
    auto& tally = walk_.counters.layers[at(k)];
    const double scaled = work * walk_.inverse(k);
    ++tally.switches;
    tally.work += scaled;
    tally.work_square += scaled * scaled;
    const double theta = walk_.temperatures.theta(k, walk_.rung);
    if (options_.switching == Switching::one_way || theta == 1) return -scaled;
    const double back = back_work(k, fan, pair);
    const double dissipation = std::max(0.0, (work + back) / 2);
    return (-work + (1 - theta) * (theta * dissipation - back)) * walk_.inverse(k + 1);
  }

  /// Work of switching a relaxed copy of the end state back; leaves the end state as it was.
  double back_work(int k, const Fan<Model>& fan, Fan<Model>& pair) {
    const LayersOf<Model> weights(walk_.weights.begin() + k + 1, walk_.weights.end());
    const Fan<Model> end = pair;
    Fan<Model> pending = fan;
    adopt(k, Fan<Model>(pair), pending);
    relax(k + 1, pending);
    rejoin(k, pending, pair);
    const double work = switch_over(k, fan, pair, Direction::back);
    std::copy(weights.begin(), weights.end(), walk_.weights.begin() + k + 1);
    pair = end;
    return work;
  }

  /// Makes `pending` the pending half of `pair` and brings the current half to the live weights.
  void rejoin(int k, const Fan<Model>& pending, Fan<Model>& pair) {
    const std::size_t n = pending.size();
    for (int l = k + 1; l <= walk_.last(); ++l) {
      auto& branches = pair.entering[at(l)];
      for (std::size_t j = 0; j < n; ++j) {
        branches[n + j] = pending.entering[at(l)][j];
        if (l > k + 1)
          branches[j] = walk_.extend(pair.entering[at(l - 1)][j], l - 1, walk_.weights[at(l - 1)],
                                     {}, Branch{});
      }
    }
    const int last = walk_.last();
    walk_.losses(std::span(pair.entering[at(last)]).first(n), walk_.weights[at(last)],
                 std::span(pair.loss).first(n));
    std::copy(pending.loss.begin(), pending.loss.end(), pair.loss.data() + n);
    pair.slope.assign(n, {});
    pair.slope.insert(pair.slope.end(), pending.slope.begin(), pending.slope.end());
  }

  enum class Direction { there, back };

  /// Work of switching the loss from one half of `pair` to the other in B steps.
  double switch_over(int k, const Fan<Model>& fan, Fan<Model>& pair, Direction direction) {
    const double sign = direction == Direction::there ? 1 : -1;
    if (options_.inner_steps == 0) return sign * difference(fan, pair);
    double work = 0;
    for (int b = 0; b < options_.inner_steps; ++b) {
      const double s = (b + 0.5) / options_.inner_steps;
      mix(fan, pair, direction == Direction::there ? s : 1 - s);
      work += difference(fan, pair);
      move(k + 1, pair);
      work += difference(fan, pair);
    }
    return sign * work / (2 * options_.inner_steps);
  }

  /// Weights of the current half: c_j (1-s), of the pending half: c_j s.
  static void mix(const Fan<Model>& fan, Fan<Model>& pair, double s) {
    for (std::size_t j = 0; j < fan.size(); ++j) {
      pair.weight[j] = fan.weight[j] * (1 - s);
      pair.weight[fan.size() + j] = fan.weight[j] * s;
    }
  }

  /// sum_j c_j (L_j' - L_j) at the current deeper weights.
  static double difference(const Fan<Model>& fan, const Fan<Model>& pair) {
    const std::span<const double> losses(pair.loss);
    return weighted_difference(fan.weight, losses.first(fan.size()), losses.last(fan.size()));
  }

  WalkType& walk_;
  const BranchOptions& options_;
  Workspace& space_;
  LastLayer<Model, Moves, Random> last_;
};

}  // namespace echelon
