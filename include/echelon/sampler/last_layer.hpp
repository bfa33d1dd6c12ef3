#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <optional>
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
///
/// A chain of random walks weighs each proposal together with the one that follows if it is decided
/// as expected: reading the activations takes longer than multiplying them, and both read them
/// once. Streams are counters and can be put back, so that no number and no decision differs from
/// one proposal at a time.
template <LayeredLoss Model, class Moves, class Random = Stream>
class LastLayer {
 public:
  explicit LastLayer(Walk<Model, Moves, Random>& walk) : walk_(walk) {}

  /// Proposes the change (informed moves: the whole layer) and decides; on acceptance the mixture
  /// holds the losses and slopes of the new weights. Returns whether it was accepted.
  bool move(Change change, Mixture<Model> mixture) {
    if constexpr (can_follow_slopes)
      if (follows_slope()) return follow_slope(mixture);
    proposals_.resize(1);
    draw(change, walk_.weights[at(walk_.last())], proposals_.front());
    return random_walk(mixture, [](bool) {});
  }

  /// `count` moves of changes at random; after_each(accepted) sees the state that each leaves.
  template <class AfterEach>
  void chain(int count, Mixture<Model> mixture, AfterEach after_each) {
    for (int done = 0; done < count;) {
      const Change change = walk_.any_change(walk_.last());
      if (follows_slope() || !can_foresee || done + 1 == count) {
        after_each(move(change, mixture));
        ++done;
      } else {
        draw_two(change);
        random_walk(mixture, [&](bool accepted) {
          after_each(accepted);
          ++done;
        });
      }
    }
  }

 private:
  using Layer = LayerOf<Model>;
  static constexpr bool can_follow_slopes = SlopedLoss<Model> && InformedMoves<Moves, Layer>;
  static constexpr bool can_foresee = RefusableLoss<Model> && std::same_as<Random, Stream>;

  /// A random walk's proposal, and what its decision is made of.
  struct Proposal {
    Layer w;
    double prior = 0;
    std::optional<Decision<Random>> decision;
    std::optional<Random> after;  ///< the stream, when it had been drawn
    bool expected = false;        ///< to be accepted; the next one starts from there
  };

  static bool inside(const Proposal& proposal) {
    return proposal.prior > -std::numeric_limits<double>::infinity();
  }

  bool follows_slope() const {
    if constexpr (can_follow_slopes) return walk_.moves.informed(walk_.last());
    return false;
  }

  void draw(Change change, const Layer& from, Proposal& proposal) {
    const int k = walk_.last();
    proposal.prior =
        walk_.moves.propose(k, change, walk_.step[at(k)], from, proposal.w, walk_.random);
    proposal.decision.emplace(walk_.random);
    if constexpr (can_foresee) proposal.after.emplace(walk_.random);
  }

  void draw_two(Change change) {
    proposals_.resize(2);
    const Layer& here = walk_.weights[at(walk_.last())];
    Proposal &first = proposals_[0], &second = proposals_[1];
    draw(change, here, first);
    first.expected = first.decision->expected(walk_.acceptance(walk_.last()));
    draw(walk_.any_change(walk_.last()), first.expected ? first.w : here, second);
  }

  /// Decides on the proposals in turn until one is not decided as expected, which voids the next.
  /// Returns whether the first was accepted.
  template <class AfterEach>
  bool random_walk(Mixture<Model>& mixture, AfterEach after_each) {
    const std::vector<bool> given_up = weigh(mixture);
    for (std::size_t i = 0; i < proposals_.size(); ++i) {
      if constexpr (can_foresee) walk_.random = *proposals_[i].after;
      const bool accepted = decide(i, given_up[i * mixture.loss.size()], mixture);
      const bool expected = accepted == proposals_[i].expected;
      after_each(accepted);
      if (i + 1 == proposals_.size() || !expected) return accepted;
    }
    return false;
  }

  bool decide(std::size_t i, bool given_up, Mixture<Model>& mixture) {
    if (given_up) {
      walk_.refuse(walk_.last());
      return false;
    }
    const std::size_t paths = mixture.loss.size();
    walk_.refuse_non_finite(std::span(proposed_).subspan(i * paths, paths));
    const double ratio = log_ratio(mixture, i, proposed_);
    if (!walk_.accept(walk_.last(), *proposals_[i].decision, ratio)) return false;
    keep(i, mixture);
    return true;
  }

  /// Evaluates the paths under every proposal, but for those that are known to be refused.
  std::vector<bool> weigh(const Mixture<Model>& mixture) {
    const std::size_t paths = mixture.loss.size();
    if (std::none_of(proposals_.begin(), proposals_.end(), inside))
      return std::vector<bool>(proposals_.size() * paths, true);
    entering_.clear();
    layers_.clear();
    for (const Proposal& proposal : proposals_) {
      entering_.insert(entering_.end(), mixture.entering.begin(), mixture.entering.end());
      layers_.insert(layers_.end(), paths, &proposal.w);
    }
    proposed_.resize(entering_.size());
    auto given_up = walk_.losses_unless(
        entering_, layers_, proposed_,
        [&](std::span<const double> at_least, std::vector<bool>& hopeless) {
          for (std::size_t i = 0; i < proposals_.size(); ++i)
            std::fill_n(hopeless.begin() + static_cast<std::ptrdiff_t>(i * paths), paths,
                        i > 0 && proposals_[i - 1].expected
                            ? hopeless[(i - 1) * paths]  // void
                            : proposals_[i].decision->hopeless(log_ratio(mixture, i, at_least)));
        });
    entering_.clear();
    return given_up;
  }

  /// Of proposal i, when `losses` are those of all proposals.
  double log_ratio(const Mixture<Model>& mixture, std::size_t i,
                   std::span<const double> losses) const {
    const std::size_t paths = mixture.loss.size();
    return proposals_[i].prior -
           weighted_difference(mixture.weight, mixture.loss, losses.subspan(i * paths, paths)) *
               walk_.inverse(walk_.last());
  }

  void keep(std::size_t i, Mixture<Model>& mixture) {
    const std::size_t paths = mixture.loss.size();
    std::swap(walk_.weights[at(walk_.last())], proposals_[i].w);
    std::copy_n(proposed_.begin() + static_cast<std::ptrdiff_t>(i * paths), paths,
                mixture.loss.begin());
    for (Slope& slope : mixture.slope) slope = {};
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
    if (!walk_.accept(k, log_ratio)) return false;
    walk_.keep_candidate(k);
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
  std::vector<Proposal> proposals_;
  std::vector<typename Model::Branch> entering_;
  std::vector<const Layer*> layers_;
  std::vector<double> proposed_;
  std::vector<Slope> proposed_slope_;
};

}  // namespace echelon
