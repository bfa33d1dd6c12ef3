#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "echelon/core/error.hpp"
#include "echelon/core/log_math.hpp"
#include "echelon/sampler/anneal.hpp"
#include "echelon/sampler/annealed_options.hpp"

namespace echelon {

/// log f of an anneal at inverse temperature t = 1/A_d, with Z^ = the mean weight and v its
/// relative variance as the particles show it:
///     log f = theta log Z^ (+ theta (1 - theta) v / 2).
inline double log_tilt(const NormaliserEstimate& estimate, double theta,
                       SpreadCorrection correction) {
  const double spread = correction == SpreadCorrection::variance ? estimate.variance : 0.0;
  return theta * (estimate.log_mean + (1 - theta) * spread / 2);
}

/// The outer kernel of the estimator `annealed` [E, theory 3]: a pseudo-marginal Metropolis step
/// (Andrieu and Roberts 2009) on (W_1, u), where u is an anneal of the deeper layers under W_1
/// (Neal 2001). A proposal W_1' comes with a fresh anneal u' and is accepted with
///     min(1, f(u') / f(u) Q(W_1') / Q(W_1)),
/// which leaves Q_1(W_1) p(u | W_1) f(u) invariant. At theta = 1 its law of W_1 is exact, since
/// E[Z^] = Z; at theta < 1 it is off by the factor E[f] / Z^theta, about
/// exp(-theta (1 - theta) Var[log Z^] / 2), which tends to 1 with more levels or particles.
template <LayeredLoss Model, class Moves, class Random = Stream>
class Annealed {
 public:
  using Branch = typename Model::Branch;

  Annealed(Walk<Model, Moves, Random>& walk, Annealer<Model, Moves, Random>& annealer,
           const Schedule& schedule, SpreadCorrection correction)
      : walk_(walk), annealer_(annealer), schedule_(schedule), correction_(correction) {}

  /// One pass over the changes of layer 0; `entering` (what leaves it) and `anneal` follow.
  void sweep(const Branch& root, Branch& entering, Anneal<Model>& anneal) {
    const int level = schedule_.below(walk_.inverse(1));
    annealer_.reach(level, entering, anneal);
    double tilt = tilt_of(anneal);
    for (int i = 0; i < walk_.moves.changes(0); ++i) {
      const Change change = walk_.moves.change(0, i);
      const double prior = walk_.propose(0, change);
      if (prior == -std::numeric_limits<double>::infinity()) {
        walk_.accept(0, prior);
        continue;
      }
      Branch pending = walk_.extend(root, 0, walk_.candidates[0], change, entering);
      Anneal<Model> fresh;
      annealer_.reach(level, pending, fresh);
      const double pending_tilt = tilt_of(fresh);
      if (!walk_.accept(0, prior + pending_tilt - tilt)) continue;
      walk_.keep_candidate(0);
      entering = std::move(pending);
      anneal = std::move(fresh);
      tilt = pending_tilt;
    }
  }

 private:
  double tilt_of(const Anneal<Model>& anneal) const {
    return log_tilt(estimate_normaliser(anneal.log_weights(schedule_, walk_.inverse(1))),
                    walk_.inverse_ratio(0), correction_);
  }

  Walk<Model, Moves, Random>& walk_;
  Annealer<Model, Moves, Random>& annealer_;
  const Schedule& schedule_;
  SpreadCorrection correction_;
};

/// An index with probability proportional to exp(log_weights).
template <class Random>
std::size_t choose(std::span<const double> log_weights, Random& random) {
  const double total = log_sum_exp(log_weights);
  double left = random.uniform();
  for (std::size_t i = 0; i + 1 < log_weights.size(); ++i) {
    left -= std::exp(log_weights[i] - total);
    if (left < 0) return i;
  }
  return log_weights.size() - 1;
}

/// Sets the draw's deeper weights to those of a particle chosen by weight and moves them further, a
/// number of passes at the walk's rung; layer 0 stays. Error(internal) when no particle has a
/// finite loss.
template <LayeredLoss Model, class Moves, class Random>
void read_out(Walk<Model, Moves, Random>& walk, Bridge<Model, Moves, Random>& kernel, int passes,
              const Schedule& schedule, const Anneal<Model>& anneal, Point<Model>& draw) {
  const double t = walk.inverse(1);
  const auto& particle = anneal.particles[choose(anneal.log_weights(schedule, t), walk.random)];
  const auto level = at(schedule.below(t));
  const LayersOf<Model>& deeper = particle.weights[level];
  std::copy(deeper.begin(), deeper.end(), draw.weights.begin() + 1);
  Fan<Model> fan{{1.0}, {{draw.path[0]}}, {particle.loss[level]}};
  for (auto& branch : path_behind(walk.model, draw.path[1], deeper))
    fan.entering.push_back({std::move(branch)});
  for (int i = 0; i < passes * walk.moves.changes(1); ++i) kernel.move(1, fan);
  for (std::size_t k = 1; k < fan.entering.size(); ++k) draw.path[k] = fan.entering[k][0];
  draw.loss = fan.loss[0];
  require(std::isfinite(draw.loss), ExitCode::internal,
          "the mean training loss of every particle is not finite (the draw's is {}) narrow the "
          "prior",
          draw.loss);
}

}  // namespace echelon
