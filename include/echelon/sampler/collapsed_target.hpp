#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/core/error.hpp"
#include "echelon/sampler/beginning.hpp"
#include "echelon/sampler/collapsed.hpp"
#include "echelon/sampler/step_sizes.hpp"

namespace echelon {

struct CollapsedOptions {
  Start start = Start::reference;
  StepAdaptation adaptation = StepAdaptation::warmup;
  std::vector<double> step;  ///< initial proposal step per layer; the last layer's is not used
};

/// The multi-scale Gibbs law of a network with a linear last layer at any rung of a ladder,
/// explored by the estimator `collapsed` (collapsed.hpp). Models tempering's Target. The draw's W_d
/// comes from its exact Gaussian conditional at the end of every sweep and is never fed back; swaps
/// weigh the law of the layers before it, exactly, for any theta. The statistics of a draw gain
///     conditional_loss     E[L | w_<d], of which the draw's loss is an unbiased estimate;
///     free_energy_<d-1>    V_{d-1}(w_<d), for the divergences D_k.
template <LinearHeadLoss Model, class Moves>
requires MovesOf<Moves, LayerOf<Model>>
class CollapsedTarget {
 public:
  using Scalar = typename LayerOf<Model>::Scalar;

  struct State {
    Point<Model> draw;  ///< its W_d comes from the conditional at `rung`
    LinearHead head;    ///< of the layers before W_d
    Rung rung;
    Counters counters;  ///< of the last explore
  };

  CollapsedTarget(std::shared_ptr<const Model> model, Moves moves, const Temperatures& temperatures,
                  HeadPrior prior, CollapsedOptions options, DrawObserver<Model> observer = {})
      : model_(std::move(model)),
        moves_(std::move(moves)),
        temperatures_(matching(temperatures, *model_)),
        prior_(std::move(prior)),
        options_(std::move(options)),
        observer_(std::move(observer)),
        steps_(options_.step, step_rules(moves_, depth())) {
    require_collapsible(temperatures_);
    for (int k = 0; k < depth(); ++k) candidates_.push_back(moves_.reference(k));
  }

  int depth() const { return temperatures_.depth(); }

  State start(Turn turn) const {
    return with_head(starting_point(*model_, moves_, options_.start, turn), {0, 1.0});
  }

  void refresh(State& state, Rung rung, Turn turn) const {
    const std::int64_t refused = draw_from_prior(*model_, moves_, turn, state.draw);
    state = with_head(std::move(state.draw), rung);
    state.counters.non_finite = refused;
  }

  void explore(State& state, Rung rung, Turn turn) {
    if (rung.beta == 0) return refresh(state, rung, turn);
    Stream stream(turn.address(Purpose::explore));
    state.counters = Counters(depth());
    Walk<Model, Moves> walk{
        *model_, moves_,         temperatures_,      rung,       steps_.of(rung.index),
        stream,  state.counters, state.draw.weights, candidates_};
    Collapsed<Model, Moves>(walk, prior_).sweep(state.draw.path, state.head);
    draw_last_layer(state, rung, turn);
  }

  double energy(const State& state) const { return state.draw.loss; }

  /// log f_there(w_<d) - log f_here(w_<d), f = Z_d^theta; the prior is common to all rungs.
  double log_ratio(const State& state, Rung here, Rung there, Turn) const {
    return log_tilt(state.head, temperatures_, there) - log_tilt(state.head, temperatures_, here);
  }

  void arrive(State&, Rung, Rung) const {}

  /// Draws W_d from its conditional at the rung; and log dP(W_d | w_<d) / dQ_d at the draw.
  void read_out(State& state, Rung rung, Turn turn) const { draw_last_layer(state, rung, turn); }
  double log_readout(const State& state, Rung rung) const {
    return state.head.log_conditional_ratio(last_inverse(rung),
                                            state.draw.weights.back().template cast<double>());
  }

  int report_size() const { return static_cast<int>(report_names().size()); }
  std::vector<std::string> report_names() const {
    std::vector<std::string> names(at(depth()), "acceptance");
    names.insert(names.end(), {"evaluations", "non_finite"});
    if (depth() > 1) names.push_back(free_energy_name());
    return names;
  }
  /// Of the last explore: mean acceptance probability per layer (NaN for the last, which is not
  /// proposed but drawn), evidences computed, proposals refused, V_{d-1} of the draw.
  void report(const State& state, std::span<double> out) const {
    for (int k = 0; k < depth(); ++k) {
      const LayerCounters& layer = state.counters.layers[at(k)];
      out[at(k)] = layer.acceptance / static_cast<double>(layer.proposals);
    }
    out[at(depth())] = static_cast<double>(state.counters.evaluations);
    out[at(depth() + 1)] = static_cast<double>(state.counters.non_finite);
    if (depth() > 1) out[at(depth() + 2)] = state.head.free_energy(last_inverse(state.rung));
  }

  void adapt(Rung rung, std::span<const double> report, std::int64_t warmup_sweep) {
    if (options_.adaptation == StepAdaptation::warmup)
      steps_.adapt(rung.index, report.first(at(depth())), warmup_sweep);
  }

  Archive pack(const State& state) const {
    Archive archive;
    pack_weights(archive, "draw", state.draw.weights, state.draw.loss);
    archive.put("rung", static_cast<std::int64_t>(state.rung.index));
    archive.put("beta", state.rung.beta);
    return archive;
  }
  /// Recomputes branches, moments and loss; Error(data) when they do not fit (point.hpp).
  State unpack(const Archive& archive) const {
    Point<Model> point{candidates_, {}, 0};
    unpack_point(*model_, archive, "draw", point);
    return with_head(std::move(point), {static_cast<int>(archive.get_scalar<std::int64_t>("rung")),
                                        archive.get_scalar<double>("beta")});
  }
  Archive pack_tuning() const { return steps_.pack(); }
  void unpack_tuning(const Archive& archive) { steps_.unpack(archive); }

  Archive statistics(State& state) const {
    Archive archive = observer_.statistics ? observer_.statistics(draw_of(state.draw)) : Archive{};
    const double inverse = last_inverse(state.rung);
    archive.put("conditional_loss", state.head.mean_loss(inverse));
    archive.put(free_energy_name(), state.head.free_energy(inverse));
    if (archive.has("lp")) archive.put("lp", archive.get_scalar<double>("lp") + missing_lp(state));
    return archive;
  }
  Archive weights(State& state) const {
    return observer_.weights ? observer_.weights(draw_of(state.draw)) : Archive{};
  }

 private:
  std::string free_energy_name() const { return fmt::format("free_energy_{}", depth() - 1); }
  double last_inverse(Rung rung) const { return temperatures_.inverse(depth() - 1, rung); }

  State with_head(Point<Model> point, Rung rung) const {
    LinearHead head(model_->moments(point.path.back()), prior_);
    return {std::move(point), std::move(head), rung, Counters(depth())};
  }

  /// (theta - 1) log Z_d at the target.
  double missing_lp(const State& state) const {
    const Rung target{state.rung.index, 1.0};
    return log_tilt(state.head, temperatures_, target) -
           state.head.log_evidence(temperatures_.inverse(depth() - 1, target));
  }

  void draw_last_layer(State& state, Rung rung, Turn turn) const {
    Stream stream(turn.address(Purpose::readout));
    Matrix<double> normals(prior_.mean.cols(), prior_.mean.rows());
    stream.fill_normal(std::span<double>(normals.data(), static_cast<std::size_t>(normals.size())));
    Point<Model>& draw = state.draw;
    const double inverse = temperatures_.inverse(depth() - 1, rung);
    draw.weights.back() = state.head.draw(inverse, normals).template cast<Scalar>();
    model_->losses(std::span(&draw.path.back(), 1), draw.weights.back(), std::span(&draw.loss, 1));
    require(std::isfinite(draw.loss), ExitCode::internal,
            "the mean training loss of a draw of the last layer is {} (out of range in the run's "
            "precision) use precision = double",
            draw.loss);
    state.rung = rung;
  }

  std::shared_ptr<const Model> model_;
  Moves moves_;
  Temperatures temperatures_;
  HeadPrior prior_;
  CollapsedOptions options_;
  DrawObserver<Model> observer_;
  StepSizes steps_;
  LayersOf<Model> candidates_;
};

}  // namespace echelon
