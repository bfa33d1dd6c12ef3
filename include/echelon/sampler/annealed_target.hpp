#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/sampler/anneal_archive.hpp"
#include "echelon/sampler/annealed.hpp"
#include "echelon/sampler/annealed_options.hpp"
#include "echelon/sampler/beginning.hpp"

namespace echelon {

/// The multi-scale Gibbs law of a layered loss at any rung of a ladder, explored by the estimator
/// `annealed` (annealed.hpp). Models tempering's Target. The deeper weights of a draw are read out
/// at the end of each sweep: a particle chosen by weight, moved further at the rung's temperature;
/// they never feed back. At a swap the replica that is offered a colder rung extends its particles
/// there with fresh numbers, the other one reads a prefix of its own, so
///     log pi_there - log pi_here = log f_there - log f_here
/// is exact for the law that the outer kernel leaves invariant. The statistics of a draw gain
/// free_energy_1, the estimate -log Z^ / t of V_1 (NaN before the first sweep), and an observer's
/// lp its factor Z^(theta - 1) (NaN off beta = 1).
template <LayeredLoss Model, class Moves>
requires MovesOf<Moves, LayerOf<Model>>
class AnnealedTarget {
 public:
  using Workspace = typename Bridge<Model, Moves>::Workspace;

  struct State {
    Point<Model> draw;            ///< weights[0] and path[1] are the live W_1 and what leaves it
    Anneal<Model> anneal;         ///< of the deeper layers under that W_1
    Rung rung;                    ///< of the draw
    Counters counters;            ///< of the last explore: outer moves and readout
    std::vector<Counters> knots;  ///< of its anneals
  };

  AnnealedTarget(std::shared_ptr<const Model> model, Moves moves, const Temperatures& temperatures,
                 const AnnealedOptions& options, DrawObserver<Model> observer = {})
      : model_(std::move(model)),
        moves_(std::move(moves)),
        temperatures_(checked(temperatures, options, *model_)),
        options_(options),
        observer_(std::move(observer)),
        schedule_(options_.levels, coldest_inverse(temperatures_),
                  balanced_curvature(*model_, moves_, coldest_inverse(temperatures_))),
        deeper_(single_scale_temperatures(depth(), schedule_.coldest())),
        steps_(options_.step, step_rules(moves_, depth())),
        knot_steps_(steps_),
        memory_{{}, reference(), reference(), Workspace(depth())} {}

  int depth() const { return temperatures_.depth(); }
  const Schedule& schedule() const { return schedule_; }

  State start(Turn turn) const {
    return {starting_point(*model_, moves_, options_.start, turn),
            {},
            {0, 1.0},
            Counters(depth()),
            no_knots()};
  }

  void refresh(State& state, Rung rung, Turn turn) {
    const std::int64_t refused = draw_from_prior(*model_, moves_, turn, state.draw);
    Stream stream(turn.address(Purpose::anneal));
    state.anneal = {};
    with_annealer(stream, state.knots,
                  [&](auto& annealer) { annealer.reach(0, state.draw.path[1], state.anneal); });
    // The draw itself is the first particle.
    auto& first = state.anneal.particles.front();
    first.weights[0].assign(state.draw.weights.begin() + 1, state.draw.weights.end());
    first.loss[0] = state.draw.loss;
    state.counters = Counters(depth());
    state.counters.non_finite = refused;
    state.rung = rung;
  }

  void explore(State& state, Rung rung, Turn turn) {
    if (rung.beta == 0) return refresh(state, rung, turn);
    Stream stream(turn.address(Purpose::explore));
    state.counters = Counters(depth());
    auto walk = walk_at(rung, stream, state);
    auto& path = state.draw.path;
    with_annealer(stream, state.knots, [&](auto& annealer) {
      Annealed<Model, Moves>(walk, annealer, schedule_, options_.correction)
          .sweep(path[0], path[1], state.anneal);
    });
    Stream readout(turn.address(Purpose::readout));
    auto reader = walk_at(rung, readout, state);
    Bridge<Model, Moves> kernel(reader, kernel_, memory_.space);
    read_out(reader, kernel, options_.readout, schedule_, state.anneal, state.draw);
    state.rung = rung;
  }

  double energy(const State& state) const { return state.draw.loss; }

  double log_ratio(State& state, Rung here, Rung there, Turn turn) {
    const int level = std::max(schedule_.below(inverse(here)), schedule_.below(inverse(there)));
    if (state.anneal.level() < level) {
      Stream stream(turn.address(Purpose::anneal));
      auto knots = no_knots();
      with_annealer(stream, knots, [&](auto& annealer) {
        annealer.reach(level, state.draw.path[1], state.anneal);
      });
    }
    return tilt(state, there) - tilt(state, here);
  }

  /// The levels that a rejected or warmer exchange leaves over are dropped by the next explore.
  void arrive(State&, Rung, Rung) const {}

  int report_size() const { return static_cast<int>(report_names().size()); }
  std::vector<std::string> report_names() const {
    std::vector<std::string> names(at(depth()), "acceptance");
    names.insert(names.end(), {"normaliser_variance", "evaluations", "non_finite"});
    names.insert(names.end(), at(knots() * (depth() - 1)), "anneal_acceptance");
    names.push_back("free_energy_1");
    return names;
  }
  /// Of the last explore: mean acceptance per layer (the deeper ones: of the readout), the relative
  /// variance of the live Z^ as its particles show it, losses computed, proposals refused, mean
  /// acceptance in the anneals per knot and deeper layer, NaN where nothing was proposed; the
  /// estimate of V_1.
  void report(const State& state, std::span<double> out) const {
    const auto mean = [](const LayerCounters& c) {
      return c.acceptance / static_cast<double>(c.proposals);
    };
    std::size_t i = 0;
    for (const auto& layer : state.counters.layers) out[i++] = mean(layer);
    out[i++] = state.anneal.level() < 0 ? 0.0 : estimate(state, state.rung).variance;
    std::int64_t evaluations = state.counters.evaluations, non_finite = state.counters.non_finite;
    for (const auto& knot : state.knots) {
      evaluations += knot.evaluations;
      non_finite += knot.non_finite;
    }
    out[i++] = static_cast<double>(evaluations);
    out[i++] = static_cast<double>(non_finite);
    for (const auto& knot : state.knots)
      for (int k = 1; k < depth(); ++k) out[i++] = mean(knot.layers[at(k)]);
    out[i++] = free_energy(state);
  }

  /// Steps of the anneals follow the coldest rung, whose anneals pass through every knot.
  void adapt(Rung rung, std::span<const double> report, std::int64_t warmup_sweep) {
    if (options_.adaptation != StepAdaptation::warmup) return;
    steps_.adapt(rung.index, report.first(at(depth())), warmup_sweep);
    if (inverse(rung) < schedule_.coldest()) return;
    std::vector<double> acceptance(at(depth()), unknown);
    auto reported = report.subspan(at(depth()) + 3);
    for (int knot = 0; knot < knots(); ++knot) {
      std::copy_n(reported.begin() + knot * (depth() - 1), depth() - 1, acceptance.begin() + 1);
      knot_steps_.adapt(knot, acceptance, warmup_sweep);
    }
  }

  Archive pack(const State& state) const {
    Archive archive;
    pack_weights(archive, "draw", state.draw.weights, state.draw.loss);
    archive.put("rung", static_cast<std::int64_t>(state.rung.index));
    archive.put("beta", state.rung.beta);
    pack_anneal<LayerOf<Model>>(archive, state.anneal);
    return archive;
  }
  State unpack(const Archive& archive) const {
    State state{{reference(), {}, 0}, {}, {}, Counters(depth()), no_knots()};
    unpack_point(*model_, archive, "draw", state.draw);
    state.rung = {static_cast<int>(archive.get_scalar<std::int64_t>("rung")),
                  archive.get_scalar<double>("beta")};
    state.anneal = unpack_anneal<Model>(archive, schedule_, reference());
    return state;
  }
  Archive pack_tuning() const {
    Archive archive = steps_.pack();
    archive.put_all("anneal", knot_steps_.pack());
    return archive;
  }
  void unpack_tuning(const Archive& archive) {
    steps_.unpack(archive);
    knot_steps_.unpack(archive.part("anneal"));
  }

  Archive statistics(State& state) const {
    Archive archive = observer_.statistics ? observer_.statistics(draw_of(state.draw)) : Archive{};
    const double log_z = log_normaliser(state);
    archive.put("free_energy_1", free_energy(state));
    const double hidden = state.rung.beta == 1 ? 1 - temperatures_.theta(0, state.rung) : unknown;
    if (archive.has("lp")) archive.put("lp", archive.get_scalar<double>("lp") - hidden * log_z);
    return archive;
  }
  Archive weights(State& state) const {
    return observer_.weights ? observer_.weights(draw_of(state.draw)) : Archive{};
  }

 private:
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  static const Temperatures& checked(const Temperatures& temperatures,
                                     const AnnealedOptions& options, const Model& model) {
    check(options, temperatures);
    return matching(temperatures, model);
  }
  /// Moves of the deeper layers are plain Metropolis steps.
  static BranchOptions unswitched() {
    BranchOptions options;
    options.inner_steps = 0;
    return options;
  }
  int knots() const { return knot_count(schedule_.levels()); }
  std::vector<Counters> no_knots() const { return {at(knots()), Counters(depth())}; }
  double inverse(Rung rung) const { return temperatures_.inverse(depth() - 1, rung); }
  LayersOf<Model> reference() const {
    LayersOf<Model> layers;
    for (int k = 0; k < depth(); ++k) layers.push_back(moves_.reference(k));
    return layers;
  }

  NormaliserEstimate estimate(const State& state, Rung rung) const {
    return estimate_normaliser(state.anneal.log_weights(schedule_, inverse(rung)));
  }
  /// NaN before the first sweep.
  double log_normaliser(const State& state) const {
    return state.anneal.level() >= 0 ? estimate(state, state.rung).log_mean : unknown;
  }
  double free_energy(const State& state) const {
    return state.rung.beta > 0 ? -log_normaliser(state) / inverse(state.rung) : state.draw.loss;
  }
  double tilt(const State& state, Rung rung) const {
    return log_tilt(estimate(state, rung), temperatures_.theta(0, rung), options_.correction);
  }

  Walk<Model, Moves> walk_at(Rung rung, Stream& stream, State& state) {
    return {*model_,
            moves_,
            temperatures_,
            rung,
            steps_.of(rung.index),
            stream,
            state.counters,
            state.draw.weights,
            memory_.candidates};
  }

  /// Calls `use` with an annealer that counts into `counters`, from zero.
  template <class Use>
  void with_annealer(Stream& stream, std::vector<Counters>& counters, Use&& use) {
    const typename Annealer<Model, Moves>::Setting setting{
        *model_, moves_, deeper_, schedule_, kernel_, knot_steps_, options_.particles};
    memory_.counters = no_knots();
    Annealer<Model, Moves> annealer(setting, stream, memory_);
    use(annealer);
    counters = memory_.counters;
  }

  std::shared_ptr<const Model> model_;
  Moves moves_;
  Temperatures temperatures_;
  AnnealedOptions options_;
  DrawObserver<Model> observer_;
  Schedule schedule_;
  Temperatures deeper_;
  BranchOptions kernel_ = unswitched();  ///< of the deeper layers' moves
  StepSizes steps_;                      ///< per rung
  StepSizes knot_steps_;                 ///< per knot of the schedule
  typename Annealer<Model, Moves>::Memory memory_;
};

}  // namespace echelon
