#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/parallel/communicator.hpp"
#include "echelon/parallel/partition.hpp"
#include "echelon/tempering/adaptation.hpp"
#include "echelon/tempering/mailroom.hpp"
#include "echelon/tempering/target.hpp"

namespace echelon {

/// Which paths: their number, the moves that each makes at every rung, and where their random
/// numbers are: at the turns (seed, first_replica + path, step).
struct PathPlan {
  std::uint64_t seed = 1;
  std::uint32_t first_replica = 0;
  int paths = 1;
  int moves = 1;

  std::int64_t steps_per_rung() const { return moves > 0 ? moves : 1; }
  std::int64_t steps(int rungs) const { return steps_per_rung() * (rungs - 1); }
};

/// A target whose draw has a part that is redrawn from its exact conditional law and never fed
/// back: log_ratio speaks of the rest, `read_out` redraws it at a rung, and log_readout is the log
/// density of that conditional law against the part's prior, at the draw.
template <class T>
concept HasReadout = requires(T& target, typename T::State& state, const typename T::State& frozen,
                              Rung rung, Turn turn) {
  target.read_out(state, rung, turn);
  { target.log_readout(frozen, rung) } -> std::convertible_to<double>;
};

/// Independent paths w_0, .., w_K up a ladder of K + 1 rungs: w_0 is an exact draw from the prior,
/// step k takes a path to rung k, where it makes its moves by a kernel that leaves that rung's law
/// invariant. Each carries its work (diagnostics/certificate.hpp)
///     G = log f_K(w_K) - sum_k log (f_k / f_{k-1})(w_{k-1}),
/// known on every rank. Paths are spread over the ranks as replicas are. Every method is collective
/// unless it says otherwise.
template <Target T>
class AnnealedPaths {
 public:
  using State = typename T::State;
  using MakeTarget = std::function<T(const Communicator& team)>;

  AnnealedPaths(const Communicator& world, const PathPlan& plan, const MakeTarget& make)
      : plan_(plan),
        placement_(world, plan.paths),
        mail_(world, placement_, plan.paths, spent_),
        target_(make(placement_.team())),
        log_ratios_(static_cast<std::size_t>(plan.paths), 0) {}

  T& target() { return target_; }
  const PathPlan& plan() const { return plan_; }

  /// Exact draws from the prior. The answer says their losses.
  Census start(const Ladder& ladder, Signal signals, double wall) {
    states_.clear();
    step_ = 0;
    for (int path = mine().begin; path < mine().end; ++path) {
      states_.push_back(target_.start(turn(path)));
      target_.refresh(states_.back(), ladder.rung(0), turn(path));
    }
    return share({}, signals, wall);
  }

  /// The next step of every path.
  Census advance(const Ladder& ladder, Signal signals, double wall) {
    const bool arriving = step_ % plan_.steps_per_rung() == 0;
    ++step_;
    const Rung here = ladder.rung(rung());
    std::vector<double> log_ratios;
    for (int path = mine().begin; path < mine().end; ++path) {
      State& at = state(path);
      if (arriving) {
        const Rung before = ladder.rung(here.index - 1);
        log_ratios.push_back(target_.log_ratio(at, before, here, turn(path)));
        target_.arrive(at, before, here);
      }
      if (plan_.moves > 0) target_.explore(at, here, turn(path));
    }
    const Census census = share(log_ratios, signals, wall);
    for (std::size_t i = 0; arriving && i < log_ratios_.size(); ++i)
      log_ratios_[i] += census.log_ratios[i];
    return census;
  }

  /// The works of paths that end where they stand, with `redraw` after a fresh read-out.
  enum class End { as_it_is, redraw };
  std::vector<double> works(const Ladder& ladder, [[maybe_unused]] End end) {
    const Rung here = ladder.rung(rung());
    std::vector<double> log_ends;
    for (int path = mine().begin; path < mine().end; ++path) {
      State& at = state(path);
      double log_end = target_.log_ratio(at, ladder.rung(0), here, turn(path));
      if constexpr (HasReadout<T>) {
        Turn last = turn(path);
        if (end == End::redraw) target_.read_out(at, here, {last.seed, last.replica, ~last.sweep});
        log_end += target_.log_readout(at, here);
      }
      log_ends.push_back(log_end);
    }
    std::vector<double> works = share(log_ends, Signal::none, 0).log_ratios;
    for (std::size_t i = 0; i < works.size(); ++i) works[i] -= log_ratios_[i];
    return works;
  }

  /// The rung the paths stand on, and whether they have made all their moves there. Not collective.
  int rung() const {
    return step_ == 0 ? 0 : static_cast<int>((step_ - 1) / plan_.steps_per_rung()) + 1;
  }
  bool rung_done() const { return step_ % plan_.steps_per_rung() == 0; }
  std::int64_t step() const { return step_; }

  /// What `describe(target, state)` says of every path, on root; empty elsewhere.
  template <class Describe>
  std::vector<Archive> ask(const Describe& describe) {
    std::vector<Archive> answers;
    for (int path = 0; path < plan_.paths; ++path) {
      Archive answer;
      if (mine().contains(path)) answer = describe(target_, state(path));
      answers.push_back(mail_.to_root(path, answer));
    }
    return answers;
  }

  /// Every path packed, in order, on root.
  std::vector<Archive> gather() {
    std::vector<Archive> packed;
    for (const State& state : states_) packed.push_back(target_.pack(state));
    return mail_.gather(packed);
  }
  const std::vector<double>& log_ratios() const { return log_ratios_; }

  /// Goes on after `step` steps with what gather (on root) and log_ratios gave.
  void restore(std::int64_t step, std::vector<double> log_ratios,
               const std::vector<Archive>& packed) {
    require(std::ssize(log_ratios) == plan_.paths, ExitCode::data, "{} stored works for {} paths",
            log_ratios.size(), plan_.paths);
    step_ = step;
    log_ratios_ = std::move(log_ratios);
    states_.clear();
    for (const Archive& archive : mail_.scatter(packed)) states_.push_back(target_.unpack(archive));
  }

 private:
  Range mine() const { return placement_.replicas(); }
  State& state(int path) { return states_[static_cast<std::size_t>(path - mine().begin)]; }
  Turn turn(int path) const {
    return {plan_.seed, plan_.first_replica + static_cast<std::uint32_t>(path),
            static_cast<std::uint64_t>(step_)};
  }

  Census share(std::span<const double> log_ratios, Signal signals, double wall) {
    std::vector<double> rows;
    std::vector<double> report(static_cast<std::size_t>(target_.report_size()));
    for (std::size_t i = 0; i < states_.size(); ++i) {
      rows.push_back(target_.energy(states_[i]));
      rows.push_back(log_ratios.empty() ? 0.0 : log_ratios[i]);
      target_.report(std::as_const(states_[i]), report);
      rows.insert(rows.end(), report.begin(), report.end());
    }
    return mail_.share(rows, signals, wall);
  }

  PathPlan plan_;
  Placement placement_;
  TimeSpent spent_;  // not reported
  Mailroom mail_;
  T target_;
  std::vector<State> states_;
  std::int64_t step_ = 0;
  std::vector<double> log_ratios_;  // by path: sum over the rungs so far
};

}  // namespace echelon
