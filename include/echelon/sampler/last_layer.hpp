#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "echelon/sampler/walk.hpp"

namespace echelon {

/// sum_j weight_j (to_j - from_j): rounded as it is, it does not decrease in any of `to`.
inline double weighted_difference(std::span<const double> weight, std::span<const double> from,
                                  std::span<const double> to) {
  double sum = 0;
  for (std::size_t j = 0; j < weight.size(); ++j) sum += weight[j] * (to[j] - from[j]);
  return sum;
}

/// The loss that the last layer is under, sum_j weight_j L_j, of the branches that enter it; and,
/// at its current weights, each L_j and, where known (else empty), its slope.
template <LayeredLoss Model>
struct Mixture {
  std::span<const typename Model::Branch> entering;
  std::span<const double> weight;
  std::span<double> loss;
  std::span<Slope> slope;
};

/// Moves of the last layer, the only level whose energy is known, V_d = L: Metropolis decisions
/// exact at temperature A_d. Its law is pi = Q_d exp(-sum_j weight_j L_j / A_d). A random walk, or,
/// where the moves are informed, Metropolis-adjusted Langevin steps (Roberts and Tweedie 1996):
/// with step h, g = d log pi / dw and xi standard normal,
///     w' = w + h^2/2 g(w) + h xi,
///     log ratio = log pi(w') - log pi(w) + |xi|^2/2 - |xi + h/2 (g(w) + g(w'))|^2/2.
/// A slope that is not finite counts as 0: any g that depends on w alone is exact.
template <LayeredLoss Model, class Moves, class Random = Stream>
class LastLayer {
 public:
  explicit LastLayer(Walk<Model, Moves, Random>& walk) : walk_(walk) {}

  /// Proposes the change (informed moves: the whole layer) and decides; on acceptance the mixture
  /// holds the losses and slopes of the new weights. Returns whether it was accepted.
  bool move(Change change, Mixture<Model> mixture) {
    if constexpr (can_follow_slopes)
      if (walk_.moves.informed(walk_.last())) return follow_slope(mixture);
    return random_walk(change, mixture);
  }

 private:
  using Layer = LayerOf<Model>;
  static constexpr bool can_follow_slopes = SlopedLoss<Model> && InformedMoves<Moves, Layer>;

  bool random_walk(Change change, Mixture<Model>& mixture) {
    const int k = walk_.last();
    const double prior = walk_.propose(k, change);
    Decision<Random> decision(walk_.random);
    proposed_.resize(mixture.loss.size());
    proposed_slope_.assign(mixture.slope.size(), {});
    const auto log_ratio = [&](std::span<const double> losses) {
      return prior - weighted_difference(mixture.weight, mixture.loss, losses) * walk_.inverse(k);
    };
    if (prior == -std::numeric_limits<double>::infinity() ||
        !walk_.losses_unless(mixture.entering, walk_.candidates[at(k)], proposed_,
                             [&](std::span<const double> at_least) {
                               return decision.hopeless(log_ratio(at_least));
                             })) {
      walk_.refuse(k);
      return false;
    }
    return walk_.accept(k, decision, log_ratio(proposed_)) && keep(mixture);
  }

  bool follow_slope(Mixture<Model>& mixture) {
    const int k = walk_.last();
    const double step = walk_.step[at(k)];
    know_slopes(mixture);
    auto& candidate = walk_.candidates[at(k)];
    const Slope here = log_slope(mixture.weight, mixture.slope, walk_.weights[at(k)]);
    const Slope noise = standard_normal(here.rows(), here.cols());
    candidate = (walk_.weights[at(k)].template cast<double>() + step * (step / 2 * here + noise))
                    .template cast<typename Layer::Scalar>();
    double log_ratio = walk_.moves.log_prior_ratio(k, walk_.weights[at(k)], candidate);
    proposed_.resize(mixture.loss.size());
    proposed_slope_.resize(mixture.slope.size());
    if (log_ratio > -std::numeric_limits<double>::infinity()) {
      walk_.losses(mixture.entering, candidate, proposed_, proposed_slope_);
      const Slope both = here + log_slope(mixture.weight, proposed_slope_, candidate);
      log_ratio -= weighted_difference(mixture.weight, mixture.loss, proposed_) * walk_.inverse(k) +
                   step / 2 * both.cwiseProduct(noise + step / 4 * both).sum();
    }
    return walk_.accept(k, log_ratio) && keep(mixture);
  }

  bool keep(Mixture<Model>& mixture) {
    walk_.keep_candidate(walk_.last());
    std::copy(proposed_.begin(), proposed_.end(), mixture.loss.begin());
    std::swap_ranges(proposed_slope_.begin(), proposed_slope_.end(), mixture.slope.begin());
    return true;
  }

  /// Evaluates the paths whose slopes are not known.
  void know_slopes(Mixture<Model>& mixture) {
    for (std::size_t j = 0; j < mixture.slope.size(); ++j) {
      if (mixture.slope[j].size() > 0) continue;
      walk_.losses(mixture.entering.subspan(j, 1), walk_.weights[at(walk_.last())],
                   mixture.loss.subspan(j, 1), mixture.slope.subspan(j, 1));
    }
  }

  /// d log pi / dw.
  Slope log_slope(std::span<const double> weight, std::span<const Slope> slope, const Layer& w) {
    Slope sum = Slope::Zero(w.rows(), w.cols());
    for (std::size_t j = 0; j < weight.size(); ++j)
      sum -= weight[j] * walk_.inverse(walk_.last()) * slope[j];
    walk_.moves.add_log_prior_slope(walk_.last(), w, sum);
    return sum;
  }

  Slope standard_normal(Eigen::Index rows, Eigen::Index cols) {
    Slope noise(rows, cols);
    walk_.random.fill_normal(std::span(noise.data(), static_cast<std::size_t>(noise.size())));
    return noise;
  }

  Walk<Model, Moves, Random>& walk_;
  std::vector<double> proposed_;
  std::vector<Slope> proposed_slope_;
};

}  // namespace echelon
