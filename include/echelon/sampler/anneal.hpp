#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "echelon/core/log_math.hpp"
#include "echelon/sampler/bridge.hpp"
#include "echelon/sampler/schedule.hpp"
#include "echelon/sampler/step_sizes.hpp"

namespace echelon {

/// One annealed trajectory of the deeper layers (all but layer 0), level by level of the schedule:
/// the weights that left a level, their loss, and the log weight with which they reached it,
///     log w_{j+1} = log w_j - (t_{j+1} - t_j) L_j.
template <LayeredLoss Model>
struct Particle {
  std::vector<LayersOf<Model>> weights;
  std::vector<double> loss;
  std::vector<double> log_weight;
};

/// Independent particles under one W_1. The trajectories depend on nothing but W_1 and their random
/// numbers, so a prefix of levels is an anneal to a warmer temperature.
template <LayeredLoss Model>
struct Anneal {
  std::vector<Particle<Model>> particles;

  int level() const {
    return particles.empty() ? -1 : static_cast<int>(particles.front().loss.size()) - 1;
  }
  void truncate(int level) {
    for (auto& particle : particles) {
      particle.weights.resize(at(level + 1));
      particle.loss.resize(at(level + 1));
      particle.log_weight.resize(at(level + 1));
    }
  }
  /// Every particle's log weight at inverse temperature t. Needs the levels below t.
  std::vector<double> log_weights(const Schedule& schedule, double t) const {
    const int level = schedule.below(t);
    std::vector<double> result;
    for (const auto& particle : particles) {
      // At t = 0 an infinite loss still has weight 1.
      const double rest = t > 0 ? (t - schedule.inverse(level)) * particle.loss[at(level)] : 0.0;
      result.push_back(particle.log_weight[at(level)] - rest);
    }
    return result;
  }
};

/// log of the mean weight, whose expectation is Z, and the relative variance of that mean as the
/// particles show it (0 for a single one).
struct NormaliserEstimate {
  double log_mean = 0;
  double variance = 0;
};

NormaliserEstimate estimate_normaliser(std::span<const double> log_weights);

/// How many runs of neighbouring levels share their step sizes, and the one a level belongs to.
/// Levels 1 .. levels-1 have moves.
inline int knot_count(int levels) { return std::clamp(levels - 1, 1, 12); }
inline int knot_of(int level, int levels) {
  return level < 1 ? 0 : (level - 1) * knot_count(levels) / (levels - 1);
}

/// The curvature that balances a schedule, from 32 draws of all weights from the prior:
/// log(1 + coldest * spread of L * sqrt(2 / p)). A law of p nearly Gaussian weights loses the loss
/// sqrt(p / 2) / t of spread at inverse temperature t. Collective over the team.
template <LayeredLoss Model, class Moves>
double balanced_curvature(const Model& model, const Moves& moves, double coldest) {
  constexpr int draws = 32;
  Stream stream(Address{0, Purpose::adapt, 0, 0});
  Point<Model> point;
  double weights = 0, sum = 0, square = 0, finite = 0;
  for (int k = 0; k < model.depth(); ++k) {
    point.weights.push_back(moves.reference(k));
    if (k > 0) weights += static_cast<double>(point.weights.back().size());
  }
  for (int i = 0; i < draws; ++i) {
    for (int k = 0; k < model.depth(); ++k) moves.draw(k, stream, point.weights[at(k)]);
    evaluate(model, point);
    if (!std::isfinite(point.loss)) continue;
    ++finite;
    sum += point.loss;
    square += point.loss * point.loss;
  }
  if (finite < 2) return 0;
  const double spread = std::sqrt(std::max(0.0, square / finite - std::pow(sum / finite, 2)));
  return std::log1p(coldest * spread * std::sqrt(2 / weights));
}

/// The branches that enter layers 1 .. d-1 when `entering` enters layer 1 and `deeper` are the
/// weights of those layers.
template <LayeredLoss Model>
Path<Model> path_behind(const Model& model, const typename Model::Branch& entering,
                        const LayersOf<Model>& deeper) {
  Path<Model> path{entering};
  for (std::size_t k = 0; k + 1 < deeper.size(); ++k)
    path.push_back(model.extend(path.back(), static_cast<int>(k) + 1, deeper[k], {}, {}));
  return path;
}

/// Draws and extends anneals: particles start from the prior of the deeper layers and pass through
/// the schedule, moved at each level by the kernel of `bridge` without switching, which leaves the
/// Gibbs law of the deeper layers at that level's temperature invariant. Steps belong to knots,
/// runs of neighbouring levels.
template <LayeredLoss Model, class Moves, class Random = Stream>
class Annealer {
 public:
  using Branch = typename Model::Branch;
  using Workspace = typename Bridge<Model, Moves, Random>::Workspace;

  struct Setting {
    const Model& model;
    const Moves& moves;
    const Temperatures& deeper;  ///< single scale, 1/A = the schedule's coldest at beta = 1
    const Schedule& schedule;
    const BranchOptions& options;  ///< of the bridge kernel
    const StepSizes& steps;        ///< per knot
    int particles;
  };

  /// What is reused from anneal to anneal; `counters` has one element per knot and adds up.
  struct Memory {
    std::vector<Counters> counters;
    LayersOf<Model> weights, candidates;
    Workspace space;
  };

  Annealer(const Setting& setting, Random& random, Memory& memory)
      : setting_(setting), random_(random), memory_(memory) {}

  /// Takes the anneal to `level`, from where it stands or, when it is empty, from the prior; levels
  /// beyond are dropped. `entering` is the branch that leaves layer 0.
  void reach(int level, const Branch& entering, Anneal<Model>& anneal) {
    if (anneal.particles.empty()) {
      anneal.particles.resize(at(setting_.particles));
      for (auto& particle : anneal.particles) begin(entering, particle);
    }
    if (anneal.level() > level) anneal.truncate(level);
    const int reached = anneal.level();
    if (reached == level) return;
    for (auto& particle : anneal.particles) {
      Fan<Model> fan = load(particle.weights.back(), entering, particle.loss.back());
      for (int next = reached + 1; next <= level; ++next) advance(next, fan, particle);
    }
  }

 private:
  /// A prior draw of the deeper layers, of weight 1.
  void begin(const Branch& entering, Particle<Model>& particle) {
    LayersOf<Model> deeper(memory_.weights.begin() + 1, memory_.weights.end());
    for (std::size_t k = 0; k < deeper.size(); ++k)
      setting_.moves.draw(static_cast<int>(k) + 1, random_, deeper[k]);
    const auto path = path_behind(setting_.model, entering, deeper);
    double loss = 0;
    Counters& counters = memory_.counters.front();
    Walk<Model, Moves, Random> walk = walk_at(0, counters);
    walk.losses(std::span(&path.back(), 1), deeper.back(), std::span(&loss, 1));
    particle = {{std::move(deeper)}, {loss}, {0.0}};
  }

  Fan<Model> load(const LayersOf<Model>& deeper, const Branch& entering, double loss) {
    std::copy(deeper.begin(), deeper.end(), memory_.weights.begin() + 1);
    Fan<Model> fan{{1.0}, {{}}, {loss}};
    for (auto& branch : path_behind(setting_.model, entering, deeper))
      fan.entering.push_back({std::move(branch)});
    return fan;
  }

  void advance(int level, Fan<Model>& fan, Particle<Model>& particle) {
    const Schedule& schedule = setting_.schedule;
    const double work = schedule.step(level) * fan.loss[0];
    auto walk = walk_at(level, memory_.counters[at(knot_of(level, schedule.levels()))]);
    Bridge<Model, Moves, Random> kernel(walk, setting_.options, memory_.space);
    for (int i = 0; i < setting_.moves.changes(1); ++i) kernel.move(1, fan);
    particle.log_weight.push_back(particle.log_weight.back() - work);
    particle.weights.emplace_back(memory_.weights.begin() + 1, memory_.weights.end());
    particle.loss.push_back(fan.loss[0]);
  }

  Walk<Model, Moves, Random> walk_at(int level, Counters& counters) {
    const Schedule& schedule = setting_.schedule;
    const int knot = knot_of(level, schedule.levels());
    const Rung rung{knot, schedule.inverse(level) / schedule.coldest()};
    return {setting_.model, setting_.moves,          setting_.deeper,
            rung,           setting_.steps.of(knot), random_,
            counters,       memory_.weights,         memory_.candidates};
  }

  const Setting& setting_;
  Random& random_;
  Memory& memory_;
};

}  // namespace echelon
