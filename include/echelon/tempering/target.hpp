#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/core/rung.hpp"
#include "echelon/random/stream.hpp"

namespace echelon {

/// A family of laws pi_rung that a ladder tempers: all that tempering knows of a model.
///
/// Every rank holds one target, bound to the communicator of its team, and every member of a team
/// makes the same calls with the same arguments in the same order: start, refresh, explore,
/// log_ratio, arrive, statistics and weights may communicate inside the team, the others must not.
/// Whatever is random takes its numbers from the Turn (replica, sweep), never from the rank.
///
/// The draw of a replica at a sweep is what explore leaves behind; energy, statistics and weights
/// describe it, and they are asked before the swap of that sweep (an estimator that records the
/// state before its outer decision keeps what it records). log_ratio and arrive speak of the state
/// that moves on.
///
///   start(turn)                    the state at sweep 0 (team-collective);
///   refresh(state, rung, turn)     an exact draw from the reference; in place of explore at beta =
///   0; explore(state, rung, turn)     one sweep of a kernel that leaves pi_rung invariant;
///   energy(state)                  mean training loss of the draw; finite;
///   log_ratio(state, here, there, turn)
///       log pi_there(x) - log pi_here(x), normaliser terms included, for the same unnormalised
///       densities at every call, so that stepping stones add up to log Z_there / Z_here.
///       log_ratio(x: i to j) + log_ratio(y: j to i) decides the swap of x and y. NaN: no swap;
///   arrive(state, here, there)     the state now lives at rung `there`, after a swap or because
///       warm-up moved the rung's beta;
///   report(state, out)             report_size() numbers about the last explore: what adapt and
///   the
///       ladder's table need (mean acceptance per layer, say); neighbours of equal name in
///       report_names() make one column with a trailing axis;
///   adapt(rung, report, sweep)     warm-up sweep 1, 2, ...: tunes the rung's kernel. Called on
///   every
///       rank for every explored rung in rung order, with the report averaged over the ladders. A
///       rung index never adapted before has the configured tuning;
///   pack, unpack                   a replica, so that the run goes on with the same bits. What
///       unpack(archive) cannot read it recomputes (team-collective);
///   pack_tuning, unpack_tuning     everything adapt changed. Arrays of double have the rung as
///   slowest
///       axis (for example "step", rung x layer); they are also columns of the ladder's table, and
///       a ladder that changes its number of rungs copies their rows;
///   statistics(state)              scalars of the draw: train_loss, test_loss, ...;
///   weights(state)                 the draw: W1, W2, ...
template <class T>
concept Target = std::movable<T> && std::movable<typename T::State> &&
    requires(T& target, typename T::State& state, const typename T::State& frozen, Rung rung,
             Turn turn, std::span<double> out, std::span<const double> report,
             std::int64_t warmup_sweep, const Archive& archive) {
  { target.start(turn) } -> std::same_as<typename T::State>;
  target.refresh(state, rung, turn);
  target.explore(state, rung, turn);
  { target.energy(frozen) } -> std::convertible_to<double>;
  { target.log_ratio(state, rung, rung, turn) } -> std::convertible_to<double>;
  target.arrive(state, rung, rung);
  { target.report_size() } -> std::convertible_to<int>;
  target.report(frozen, out);
  { target.report_names() } -> std::convertible_to<std::vector<std::string>>;
  target.adapt(rung, report, warmup_sweep);
  { target.pack(frozen) } -> std::same_as<Archive>;
  { target.unpack(archive) } -> std::same_as<typename T::State>;
  { target.pack_tuning() } -> std::same_as<Archive>;
  target.unpack_tuning(archive);
  { target.statistics(state) } -> std::same_as<Archive>;
  { target.weights(state) } -> std::same_as<Archive>;
};

/// A target that works faster when it knows which samples are difficult.
///   arranges(sweep, first)        whether it wants to know before this sweep, the first of a
///                                 process or not;
///   difficulty(state)             of every sample (team-collective);
///   arrange(states, difficulty)   with those of one replica, and all states of this rank; changes
///                                 no result (world-collective).
template <class T>
concept ArrangingTarget = Target<T> &&
    requires(T& target, typename T::State& state, std::span<typename T::State> states,
             std::span<const double> difficulty) {
  { target.arranges(std::int64_t{}, true) } -> std::same_as<bool>;
  { target.difficulty(state) } -> std::same_as<std::vector<double>>;
  target.arrange(states, difficulty);
};

}  // namespace echelon
