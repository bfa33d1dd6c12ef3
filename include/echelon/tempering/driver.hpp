#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/tempering/commit.hpp"
#include "echelon/tempering/ensemble.hpp"
#include "echelon/tempering/options.hpp"
#include "echelon/tempering/recorder.hpp"
#include "echelon/tempering/watch.hpp"

namespace echelon {

/// Parallel tempering from the first sweep to the last, on any number of ranks: what reaches the
/// sink depends on the options and the target alone, bit for bit (timing apart).
template <Target T, Sink S>
class Driver {
 public:
  using MakeTarget = typename Ensemble<T>::MakeTarget;

  /// `sink` may be null except on root. Error(usage) for options that contradict each other.
  Driver(const Communicator& world, Options options, MakeTarget make, S* sink)
      : world_(world),
        options_(std::move(options)),
        make_(std::move(make)),
        sink_(world.is_root() ? sink : nullptr),
        watch_(options_.commit_seconds, options_.max_seconds),
        round_ends_(round_ends(options_.warmup, options_.rounds)) {
    check(options_);
    if (!options_.clock) options_.clock = steady_seconds;
    began_ = options_.clock();
  }

  /// A fresh run, from sweep 0.
  Outcome run(const Ladder& ladder) {
    const int capacity = options_.rung_capacity == 0 ? ladder.rungs() : options_.rung_capacity;
    require(ladder.rungs() <= capacity, ExitCode::usage,
            "ladder has {} rungs (the rung capacity is {})", ladder.rungs(), capacity);
    recorder_.emplace(sink_, capacity);
    seat(ladder.rungs() * options_.ladders);
    ledger_.emplace(ladder, options_.ladders, ensemble_->target().report_size());
    ensemble_->start();
    recorder_->trace(*ledger_, ensemble_->census(*ledger_, false, Signal::none, now()),
                     ensemble_->target());
    return proceed();
  }

  /// Goes on from a snapshot that root holds; null on the other ranks. Error(data) on every rank
  /// when it does not fit the options.
  Outcome resume(const Snapshot* snapshot) {
    const Snapshot none;
    const Snapshot& from = snapshot == nullptr ? none : *snapshot;
    Archive common = from.common;
    common.put("replicas", std::ssize(from.replicas));
    common = broadcast(world_, common);
    ledger_.emplace(Ledger::unpack(common.part("ledger")));
    const int rungs = ledger_->ladder.rungs();
    const int capacity = options_.rung_capacity == 0 ? rungs : options_.rung_capacity;
    const auto replicas = common.get_scalar<std::int64_t>("replicas");
    require(ledger_->assignment.ladders() == options_.ladders && rungs <= capacity &&
                replicas == ledger_->assignment.replicas(),
            ExitCode::data,
            "snapshot holds {} replicas of {} ladders with {} rungs (expected {} ladders with at "
            "most {} rungs)",
            replicas, ledger_->assignment.ladders(), rungs, options_.ladders, capacity);
    recorder_.emplace(sink_, capacity);
    seat(ledger_->assignment.replicas());
    ensemble_->target().unpack_tuning(common.part("tuning"));
    ensemble_->scatter(from.replicas);
    return proceed();
  }

  const Ledger& ledger() const { return *ledger_; }

 private:
  Outcome proceed() {
    first_sweep_ = ledger_->sweep;
    first_sweep_began_ = now();
    watch_.start(first_sweep_began_);
    while (ledger_->sweep < options_.warmup + options_.sweeps) {
      const Census census = explore();
      record(census);
      tune(census);
      exchange(census);
      end_round();
      if (const auto outcome = commit_or_stop(census)) return *outcome;
    }
    return Outcome::finished;
  }

  Census explore() {
    ++ledger_->sweep;
    if (ensemble_->arranges(ledger_->sweep, ledger_->sweep == first_sweep_ + 1))
      ensemble_->arrange(ledger_->assignment.replica_at(0, ledger_->ladder.rungs() - 1));
    ensemble_->explore(*ledger_);
    return ensemble_->census(*ledger_, exchanging(), signals(), now());
  }

  void record(const Census& census) {
    recorder_->trace(*ledger_, census, ensemble_->target());
    ledger_->count(census);
    if (world_.is_root() && options_.progress) line_ = progress_of(*ledger_, census);
    const std::int64_t sweep = warming_up() ? ledger_->sweep : production_sweep();
    const WarmupDraws kept = warming_up() ? options_.warmup_draws : WarmupDraws::all;
    if (kept != WarmupDraws::none && sweep % options_.thin == 0)
      recorder_->statistics(*ledger_, *ensemble_, phase());
    if (kept == WarmupDraws::all && options_.thin_weights > 0 && sweep % options_.thin_weights == 0)
      recorder_->weights(*ledger_, *ensemble_, phase());
  }

  // Steps belong to rungs, so every rank tunes every rung, from the reports of all ladders.
  void tune(const Census& census) {
    if (!warming_up()) return;
    const std::vector<double> reports = mean_by_rung(ledger_->assignment, census.reports);
    const std::size_t width = reports.size() / static_cast<std::size_t>(ledger_->ladder.rungs());
    for (int index = 0; index < ledger_->ladder.rungs(); ++index) {
      const Rung rung = ledger_->ladder.rung(index);
      const auto mine = std::span(reports).subspan(static_cast<std::size_t>(index) * width, width);
      if (rung.beta > 0) ensemble_->target().adapt(rung, mine, ledger_->sweep);
    }
  }

  void exchange(const Census& census) {
    if (!exchanging()) return;
    for (const Attempt& attempt : ledger_->exchange(census, options_.seed)) {
      if (!attempt.accepted) continue;
      const Rung lower = ledger_->ladder.rung(attempt.lower);
      const Rung upper = ledger_->ladder.rung(attempt.lower + 1);
      ensemble_->arrive(ledger_->assignment.replica_at(attempt.ladder, upper.index), lower, upper);
      ensemble_->arrive(ledger_->assignment.replica_at(attempt.ladder, lower.index), upper, lower);
    }
  }

  // The last warm-up round leaves the ladder alone: it settles states and steps on the final one.
  void end_round() {
    if (!warming_up()) {
      const std::int64_t sweep = production_sweep();
      if ((sweep & (sweep - 1)) == 0 || sweep == options_.sweeps)
        recorder_->round(*ledger_, ensemble_->target(), phase());
      return;
    }
    if (!std::binary_search(round_ends_.begin(), round_ends_.end(), ledger_->sweep)) return;
    recorder_->round(*ledger_, ensemble_->target(), phase());
    if (ledger_->sweep < options_.warmup || round_ends_.size() == 1) {
      const Ladder next = adapted(ledger_->ladder, ledger_->sums.rejections(), options_.adaptation,
                                  std::max(options_.rung_capacity, ledger_->ladder.rungs()));
      change_ladder(next);
    }
    ledger_->sums = RoundSums(ledger_->ladder.rungs(), ensemble_->target().report_size());
  }

  std::optional<Outcome> commit_or_stop(const Census& census) {
    const bool finished = ledger_->sweep == options_.warmup + options_.sweeps;
    const bool leaving =
        finished || has(census.signals, Signal::stop) || has(census.signals, Signal::satisfied);
    if (world_.is_root()) watch_.sweep_ended(now());
    show_progress();
    if (leaving || has(census.signals, Signal::commit)) commit(census, leaving);
    if (finished) return Outcome::finished;
    if (has(census.signals, Signal::satisfied)) return Outcome::satisfied;
    if (has(census.signals, Signal::stop)) return Outcome::stopped;
    return std::nullopt;
  }

  void commit(const Census& census, bool leaving) {
    const double began = now();
    Snapshot snapshot{ledger_->sweep, {}, ensemble_->gather()};
    recorder_->timing(ledger_->sweep, census, watch_.committing());
    if (world_.is_root()) {
      snapshot.common.put_all("ledger", ledger_->pack());
      snapshot.common.put_all("tuning", ensemble_->target().pack_tuning());
    }
    echelon::commit(world_, sink_, watch_, snapshot, {began, leaving}, [this] { return now(); });
  }

  void change_ladder(const Ladder& next) {
    const Ladder before = ledger_->ladder;
    if (next == before) return;
    if (next.rungs() != before.rungs()) return rebuild(next);
    ledger_->change_ladder(next);
    for (int replica = 0; replica < ledger_->assignment.replicas(); ++replica) {
      const int rung = ledger_->assignment.rung_of(replica);
      ensemble_->arrive(replica, before.rung(rung), next.rung(rung));
    }
  }

  // Another number of rungs: new replicas start from copies of the nearest rung's.
  void rebuild(const Ladder& next) {
    const Ladder before = ledger_->ladder;
    const std::vector<int> source = nearest_rungs(before, next);
    const std::vector<Archive> packed = ensemble_->gather();
    const Archive tuning = ensemble_->target().pack_tuning();
    std::vector<Archive> copies;
    for (int ladder = 0; world_.is_root() && ladder < options_.ladders; ++ladder)
      for (const int rung : source)
        copies.push_back(
            packed[static_cast<std::size_t>(ledger_->assignment.replica_at(ladder, rung))]);
    ledger_->change_ladder(next);
    seat(ledger_->assignment.replicas());
    ensemble_->target().unpack_tuning(inherited(tuning, before.rungs(), source));
    ensemble_->scatter(copies);
    for (int replica = 0; replica < ledger_->assignment.replicas(); ++replica) {
      const int rung = ledger_->assignment.rung_of(replica);
      ensemble_->arrive(replica, before.rung(source[static_cast<std::size_t>(rung)]),
                        next.rung(rung));
    }
  }

  void seat(int replicas) {
    const TimeSpent spent = ensemble_ ? ensemble_->spent() : TimeSpent{};
    ensemble_.reset();  // two targets at a time may not fit
    ensemble_ = std::make_unique<Ensemble<T>>(world_, options_.seed, replicas, make_, spent);
  }

  Signal signals() const {
    Signal result = Signal::none;
    if (options_.stop != nullptr && *options_.stop != 0) result = result | Signal::stop;
    if (!world_.is_root()) return result;
    result = result | watch_.signals(now());
    if (options_.commit_sweeps > 0 && ledger_->sweep % options_.commit_sweeps == 0)
      result = result | Signal::commit;
    const std::int64_t recorded = ledger_->sweep - 1 - options_.warmup;
    if (recorded > 0 && options_.satisfied && options_.satisfied(recorded))
      result = result | Signal::satisfied;
    return result;
  }

  void show_progress() {
    if (!world_.is_root() || !options_.progress) return;
    line_.phase = phase();
    line_.last_sweep = options_.warmup + options_.sweeps;
    line_.seconds_per_sweep =
        (now() - first_sweep_began_) / static_cast<double>(ledger_->sweep - first_sweep_);
    options_.progress(line_);
  }

  double now() const { return options_.clock() - began_; }
  bool exchanging() const { return ledger_->sweep % options_.swap_every == 0; }
  Phase phase() const { return warming_up() ? Phase::warmup : Phase::production; }
  bool warming_up() const { return ledger_->sweep <= options_.warmup; }
  std::int64_t production_sweep() const { return ledger_->sweep - options_.warmup; }

  Communicator world_;
  Options options_;
  MakeTarget make_;
  S* sink_;
  Watch watch_;
  std::vector<std::int64_t> round_ends_;
  std::optional<Recorder<T, S>> recorder_;
  double began_ = 0;
  std::int64_t first_sweep_ = 0;
  double first_sweep_began_ = 0;
  Progress line_;
  std::unique_ptr<Ensemble<T>> ensemble_;
  std::optional<Ledger> ledger_;
};

}  // namespace echelon
