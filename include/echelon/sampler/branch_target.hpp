#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/core/error.hpp"
#include "echelon/sampler/beginning.hpp"
#include "echelon/sampler/branch_report.hpp"
#include "echelon/sampler/bridge.hpp"
#include "echelon/sampler/inner_ladder.hpp"
#include "echelon/sampler/paper.hpp"
#include "echelon/sampler/step_sizes.hpp"
#include "echelon/sampler/trajectory.hpp"

namespace echelon {

/// The multi-scale Gibbs law of a layered loss at any rung of a ladder, explored by the estimators
/// `paper` and `bridge`. Models tempering's Target. At `paper` the draw is the state before the
/// outer decision; at `bridge` and in single-layer models it is the live state.
template <LayeredLoss Model, class Moves>
requires MovesOf<Moves, LayerOf<Model>>
class BranchTarget {
 public:
  using Layer = LayerOf<Model>;

  struct State {
    Point<Model> live;
    std::optional<Draw<Model>> recorded;  ///< set when the draw is not the live state
    Counters counters;                    ///< of the last explore
    std::vector<double> free_energies;    ///< V_1 .. V_{d-1}; empty when not measured
  };

  BranchTarget(std::shared_ptr<const Model> model, Moves moves, const Temperatures& temperatures,
               BranchOptions options, DrawObserver<Model> observer = {})
      : model_(std::move(model)),
        moves_(std::move(moves)),
        temperatures_(matching(temperatures, *model_)),
        options_(std::move(options)),
        observer_(std::move(observer)),
        steps_(options_.step, step_rules(moves_, depth())),
        space_(temperatures_.depth()) {
    check(options_, depth());
    require(!guided() || temperatures_.single_scale(), ExitCode::usage,
            "an hmc proposal at several temperatures (the slopes of free energies are not known) "
            "set every temperature but the last to 0 or use another proposal");
    for (int k = 0; k < depth(); ++k) candidates_.push_back(moves_.reference(k));
    if (measures())
      schedule_.emplace(
          options_.inner_rungs, 1.0,
          balanced_curvature(*model_, moves_, temperatures_.inverse(depth() - 1, {})));
  }

  int depth() const { return temperatures_.depth(); }

  State start(Turn turn) const {
    return {starting_point(*model_, moves_, options_.start, turn), {}, Counters(depth()), {}};
  }

  void refresh(State& state, Rung, Turn turn) const {
    state.recorded.reset();
    state.free_energies.clear();
    state.counters = Counters(depth());
    state.counters.non_finite = draw_from_prior(*model_, moves_, turn, state.live);
  }

  void explore(State& state, Rung rung, Turn turn) {
    if (rung.beta == 0) return refresh(state, rung, turn);
    Stream stream(turn.address(Purpose::explore));
    state.recorded.reset();
    state.free_energies.clear();
    state.counters = Counters(depth());
    if constexpr (ArrangedLoss<Model>)
      if (refuses_early() && rung.beta == 1 && turn.sweep % sweeps_of(64) == 0)
        model_->visit_hardest_first(state.live.path.back(), state.live.weights.back());
    auto walk = walk_at(rung, stream, state.counters, state.live.weights);
    if (guided()) {
      if constexpr (can_be_guided)
        Trajectory<Model, Moves>(walk, options_.leapfrog)
            .sweep(state.live, std::max(1, options_.inner_steps));
    } else if (options_.estimator == Estimator::paper) {
      Paper<Model, Moves> kernel(walk, state.live, options_.inner_steps);
      kernel.sweep([&](const Point<Model>& point) { state.recorded = draw_of(point); });
    } else {
      auto fan = fan_of(state.live);
      Bridge<Model, Moves>(walk, options_, space_).sweep(fan);
      for (int k = 0; k < depth(); ++k) state.live.path[at(k)] = std::move(fan.entering[at(k)][0]);
      state.live.loss = fan.loss[0];
    }
    if (measures() && rung.beta == 1 &&
        turn.sweep % static_cast<std::uint64_t>(options_.inner_every) == 0)
      measure(state, rung, turn);
  }

  double energy(const State& state) const {
    return state.recorded ? state.recorded->loss : state.live.loss;
  }

  /// log pi_there(x) - log pi_here(x), up to a constant:
  ///     (1/A_d^here - 1/A_d^there) L + sum_{k>=2} (1 - theta_{k-1}) (log Z_k^here - log
  ///     Z_k^there),
  /// the normalisers by switching copies of the deeper layers in beta, there and back (theory 4):
  /// exact at theta = 1, where that sum is empty; else biased at finite inner work.
  double log_ratio(State& state, Rung here, Rung there, Turn turn) {
    const int last = depth() - 1;
    double result =
        (temperatures_.inverse(last, here) - temperatures_.inverse(last, there)) * state.live.loss;
    Stream stream(turn.address(Purpose::anneal));
    for (int k = 1; k < depth(); ++k) {
      const double hidden = 1 - temperatures_.theta(k - 1, here);
      if (hidden > 0) result += normaliser_term(k, hidden, state, here, there, stream);
    }
    return result;
  }

  void arrive(State&, Rung, Rung) const {}

  int report_size() const { return static_cast<int>(report_names().size()); }
  std::vector<std::string> report_names() const { return format().names(); }
  void report(const State& state, std::span<double> out) const {
    format().write(state.counters, state.free_energies, out);
  }

  void adapt(Rung rung, std::span<const double> report, std::int64_t warmup_sweep) {
    if (options_.adaptation == StepAdaptation::warmup)
      steps_.adapt(rung.index, report.first(at(depth())), warmup_sweep);
  }

  Archive pack(const State& state) const {
    Archive archive;
    pack_weights(archive, "live", state.live.weights, state.live.loss);
    if (state.recorded)
      pack_weights(archive, "draw", state.recorded->weights, state.recorded->loss);
    return archive;
  }
  /// Recomputes branches and losses; Error(data) when they do not fit (point.hpp).
  State unpack(const Archive& archive) const {
    State state;
    state.live.weights = candidates_;
    if (archive.has("draw/loss")) {
      unpack_point(*model_, archive, "draw", state.live);
      state.recorded = draw_of(state.live);
    }
    unpack_point(*model_, archive, "live", state.live);
    state.counters = Counters(depth());
    return state;
  }
  Archive pack_tuning() const { return steps_.pack(); }
  void unpack_tuning(const Archive& archive) { steps_.unpack(archive); }

  /// Models ArrangingTarget, where samples can be put in an order that tells refusals early: now
  /// and then, often while losses fall fast, and at once where a run goes on. At first it costs
  /// more than it saves; a sweep of many rows takes about as long as eight of whole layers.
  bool arranges(std::int64_t sweep, bool first) const {
    const auto count = static_cast<std::uint64_t>(sweep);
    const std::uint64_t least = moves_.changes(0) == 1 ? 512 : 64;
    return refuses_early() && count >= least && (std::has_single_bit(count) || first);
  }
  std::vector<double> difficulty(const State& state) const requires ArrangedLoss<Model> {
    return model_->sample_losses(state.live.path.back(), state.live.weights.back());
  }
  void arrange(std::span<State> states,
               std::span<const double> difficulty) const requires ArrangedLoss<Model> {
    for (State& state : states) {
      state.recorded.reset();
      state.live.path.clear();
    }
    model_->arrange(difficulty);
    for (State& state : states) state.live.path = path_of(*model_, state.live.weights);
  }

  Archive statistics(State& state) const { return observe(observer_.statistics, state); }
  Archive weights(State& state) const { return observe(observer_.weights, state); }

 private:
  static constexpr bool can_be_guided = GuidingLoss<Model> && GuidedMoves<Moves>;
  bool guided() const {
    if constexpr (can_be_guided) return moves_.guided();
    return false;
  }

  /// Slopes would change in rounding with the order of the samples.
  bool refuses_early() const {
    if (guided()) return false;
    if constexpr (InformedMoves<Moves, Layer>)
      if (moves_.informed(depth() - 1)) return false;
    return options_.refusal == Refusal::early;
  }

  /// How many sweeps so many outer moves take, at least one.
  std::uint64_t sweeps_of(int moves) const {
    return static_cast<std::uint64_t>(std::max(1, moves / moves_.changes(0)));
  }

  /// Whether free energies of the deeper layers are measured: where they say more than the loss.
  bool measures() const { return options_.inner_rungs > 0 && !temperatures_.single_scale(); }

  void measure(State& state, Rung rung, Turn turn) {
    Stream stream(turn.address(Purpose::bounds));
    for (int k = 1; k < depth(); ++k) {
      Counters counters(depth());
      LayersOf<Model> weights = state.live.weights;
      auto walk = walk_at(rung, stream, counters, weights);
      Bridge<Model, Moves> kernel(walk, options_, space_);
      InnerLadder<Model, Moves> ladder(walk, kernel, *schedule_);
      state.free_energies.push_back(ladder.free_energy(k, fan_of(state.live)));
    }
  }

  BranchReport format() const {
    return {depth(), options_.estimator == Estimator::bridge, measures()};
  }

  Walk<Model, Moves> walk_at(Rung rung, Stream& stream, Counters& counters,
                             LayersOf<Model>& weights) {
    return {*model_, moves_,   temperatures_, rung,        steps_.of(rung.index),
            stream,  counters, weights,       candidates_, options_.refusal};
  }

  static Fan<Model> fan_of(const Point<Model>& point) {
    Fan<Model> fan{{1.0}, {}, {point.loss}};
    for (const auto& branch : point.path) fan.entering.push_back({branch});
    return fan;
  }

  static Archive observe(const std::function<Archive(const Draw<Model>&)>& observer,
                         const State& state) {
    if (!observer) return {};
    return observer(state.recorded ? *state.recorded : draw_of(state.live));
  }

  /// The part of log_ratio that comes from Z_k (paper's Z_{k+1}).
  double normaliser_term(int k, double hidden, const State& state, Rung here, Rung there,
                         Stream& stream) {
    Counters counters(depth());
    LayersOf<Model> weights = state.live.weights;
    auto fan = fan_of(state.live);
    auto walk = walk_at(here, stream, counters, weights);
    Bridge<Model, Moves> kernel(walk, options_, space_);
    const double there_work = kernel.switch_beta(k, fan, here.beta, there.beta);
    walk.rung.beta = there.beta;
    kernel.relax(k, fan);
    const double back_work = kernel.switch_beta(k, fan, there.beta, here.beta);
    const double dissipation = std::max(0.0, (there_work + back_work) / 2);
    return hidden * (there_work - back_work) / 2 - hidden * hidden * dissipation / 2;
  }

  std::shared_ptr<const Model> model_;
  Moves moves_;
  Temperatures temperatures_;
  BranchOptions options_;
  DrawObserver<Model> observer_;
  StepSizes steps_;
  LayersOf<Model> candidates_;
  typename Bridge<Model, Moves>::Workspace space_;
  std::optional<Schedule> schedule_;  ///< of the inner ladder, in beta
};

}  // namespace echelon
