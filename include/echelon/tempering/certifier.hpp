#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "echelon/tempering/certify_options.hpp"
#include "echelon/tempering/commit.hpp"
#include "echelon/tempering/options.hpp"
#include "echelon/tempering/paths.hpp"

namespace echelon {

/// Annealed certifying chains. First pilot paths climb the ladder and tune the kernel of each rung,
/// which takes over from the rung before; they also say, when asked to, where to stop. Then ladder
/// and kernels are frozen, and the certifying paths climb with other random numbers: theirs are at
/// replicas the pilots never have. None of them can be left out: there is one table row for all of
/// them, made at the end. What reaches the sink depends on options and target alone, bit for bit,
/// on any number of ranks and however often it was interrupted.
template <Target T, Sink S>
class Certifier {
 public:
  using Paths = AnnealedPaths<T>;

  /// `sink` may be null except on root. Error(usage) for options that make no sense.
  Certifier(const Communicator& world, CertifyOptions options, Ladder ladder,
            typename Paths::MakeTarget make, S* sink)
      : world_(world),
        options_(std::move(options)),
        ladder_(std::move(ladder)),
        make_(std::move(make)),
        sink_(world.is_root() ? sink : nullptr),
        watch_(options_.commit_seconds, options_.max_seconds) {
    check(options_, ladder_);
    if (!options_.clock) options_.clock = steady_seconds;
    began_ = options_.clock();
  }

  Outcome run() {
    record_ = PilotRecord(ladder_);
    seat(CertifyPhase::pilot);
    begin();
    return proceed();
  }

  /// Goes on from a snapshot that root holds; null on the other ranks.
  Outcome resume(const Snapshot* snapshot) {
    const Snapshot none;
    const Snapshot& from = snapshot == nullptr ? none : *snapshot;
    const Archive common = broadcast(world_, from.common);
    record_ = PilotRecord::unpack(ladder_, common.part("pilot"));
    before_ = common.get_scalar<std::int64_t>("before");
    seat(common.get_scalar<std::int64_t>("phase") == 0 ? CertifyPhase::pilot
                                                       : CertifyPhase::certify);
    paths_->target().unpack_tuning(common.part("tuning"));
    paths_->restore(common.get_scalar<std::int64_t>("step"), common.get<double>("log_ratios"),
                    from.replicas);
    return proceed();
  }

 private:
  Outcome proceed() {
    watch_.start(now());
    while (true) {
      if (!finished()) {
        inherit();
        const Census census = paths_->advance(ladder_, signals(), now());
        tune(census);
        if (paths_->rung_done()) end_rung(census);
        if (const auto outcome = commit_or_stop(census)) return *outcome;
      } else if (phase_ == CertifyPhase::pilot) {
        change_phase();
      } else {
        conclude();
        commit(true);
        return Outcome::finished;
      }
    }
  }

  int last_rung() const {
    return phase_ == CertifyPhase::pilot ? ladder_.rungs() - 1 : record_.stop();
  }
  bool finished() const { return paths_->rung() == last_rung() && paths_->rung_done(); }

  void seat(CertifyPhase phase) {
    phase_ = phase;
    paths_.reset();  // two targets at a time may not fit
    paths_ = std::make_unique<Paths>(world_, plan_of(options_, phase), make_);
  }

  void begin() {
    const Census census = paths_->start(ladder_, Signal::none, now());
    end_rung(census);
  }

  void change_phase() {
    if (options_.stop_rule == StopRule::pilot) {
      const std::int64_t chosen = world_.is_root() ? record_.best() : 0;
      record_.set_stop(static_cast<int>(world_.all_max(chosen)));
    }
    before_ += paths_->step();
    const Archive tuning = paths_->target().pack_tuning();
    seat(CertifyPhase::certify);
    paths_->target().unpack_tuning(tuning);
    begin();
  }

  // A rung's kernel starts from that of the rung before it.
  void inherit() {
    if (phase_ != CertifyPhase::pilot || !paths_->rung_done() || paths_->rung() < 1) return;
    const int rungs = paths_->rung() + 1;
    std::vector<int> source;
    for (int rung = 0; rung < rungs; ++rung) source.push_back(rung);
    source.push_back(rungs - 1);
    T& target = paths_->target();
    target.unpack_tuning(inherited(target.pack_tuning(), rungs, source));
  }

  void tune(const Census& census) {
    constexpr std::int64_t settled = 100;  // from here on the gain stays, the rungs move on
    if (phase_ != CertifyPhase::pilot || options_.pilot_moves == 0) return;
    paths_->target().adapt(ladder_.rung(paths_->rung()), mean_report(census),
                           std::min(paths_->step(), settled));
  }

  std::vector<double> mean_report(const Census& census) const {
    const auto paths = static_cast<std::size_t>(paths_->plan().paths);
    std::vector<double> means(census.reports.size() / paths, 0);
    for (std::size_t i = 0; i < census.reports.size(); ++i)
      means[i % means.size()] += census.reports[i] / static_cast<double>(paths);
    return means;
  }

  void end_rung(const Census& census) {
    const auto works = paths_->works(ladder_, Paths::End::as_it_is);
    Archive row;
    row.put("beta", ladder_.rung(paths_->rung()).beta);
    row.put("train_loss", census.energies);
    row.put("work", works);
    if (phase_ == CertifyPhase::pilot) {
      const auto errors = pilot_errors();
      if (world_.is_root()) {
        record_.add(works, errors, options_);
        row.put("train_error", errors);
        row.put("bound", record_.bounds().back());
      }
    }
    record(phase_ == CertifyPhase::pilot ? tables::pilot : tables::path, {row});
  }

  /// Training errors of the pilots, on root; NaN when the target does not know them.
  std::vector<double> pilot_errors() {
    std::vector<double> errors;
    for (const Archive& answer :
         paths_->ask([](T&target, typename T::State&state) { return target.statistics(state); }))
      errors.push_back(answer.has("train_error") ? answer.get_scalar<double>("train_error")
                                                 : std::numeric_limits<double>::quiet_NaN());
    return errors;
  }

  /// The end of the certifying paths: their draws, and the certificate as one row.
  void conclude() {
    const auto works = paths_->works(ladder_, Paths::End::redraw);
    auto statistics =
        paths_->ask([](T& target, typename T::State& state) { return target.statistics(state); });
    auto weights =
        paths_->ask([](T& target, typename T::State& state) { return target.weights(state); });
    if (!world_.is_root()) return;
    Archive certificate = options_.certify(works, statistics);
    certificate.put("stop_rung", std::int64_t{paths_->rung()});
    certificate.put("stop_beta", ladder_.rung(paths_->rung()).beta);
    for (std::size_t i = 0; i < statistics.size(); ++i) {
      statistics[i].put("replica", static_cast<std::int64_t>(i));
      statistics[i].put("sweep", before_ + paths_->step());
      weights[i].put("sweep", before_ + paths_->step());
    }
    record(tables::sample_stats, statistics);
    record(tables::posterior, weights);
    record(tables::certificate, {certificate});
  }

  void record(std::string_view table, const std::vector<Archive>& row) {
    if (sink_ != nullptr && options_.records(table)) sink_->record(table, std::span(row));
  }

  std::optional<Outcome> commit_or_stop(const Census& census) {
    if (world_.is_root()) watch_.sweep_ended(now());
    show(census);
    const bool stopping = has(census.signals, Signal::stop);
    const bool due =
        options_.commit_sweeps > 0 && (before_ + paths_->step()) % options_.commit_sweeps == 0;
    if (stopping || due || has(census.signals, Signal::commit)) commit(stopping);
    if (stopping) return Outcome::stopped;
    return std::nullopt;
  }

  void commit(bool leaving) {
    const double began = now();
    Snapshot snapshot{before_ + paths_->step(), {}, paths_->gather()};
    if (world_.is_root()) {
      snapshot.common.put("phase", std::int64_t{phase_ == CertifyPhase::pilot ? 0 : 1});
      snapshot.common.put("before", before_);
      snapshot.common.put("step", paths_->step());
      snapshot.common.put("log_ratios", paths_->log_ratios());
      snapshot.common.put_all("pilot", record_.pack());
      snapshot.common.put_all("tuning", paths_->target().pack_tuning());
    }
    echelon::commit(world_, sink_, watch_, snapshot, {began, leaving, "step"},
                    [this] { return now(); });
  }

  Signal signals() const {
    Signal result = Signal::none;
    if (options_.stop != nullptr && *options_.stop != 0) result = result | Signal::stop;
    return world_.is_root() ? result | watch_.signals(now()) : result;
  }

  void show(const Census& census) const {
    if (!world_.is_root() || !options_.progress) return;
    options_.progress({phase_, paths_->rung(), last_rung(), paths_->step(),
                       paths_->plan().steps(last_rung() + 1), census.energies});
  }

  double now() const { return options_.clock() - began_; }

  Communicator world_;
  CertifyOptions options_;
  Ladder ladder_;
  typename Paths::MakeTarget make_;
  S* sink_;
  Watch watch_;
  double began_ = 0;
  CertifyPhase phase_ = CertifyPhase::pilot;
  std::int64_t before_ = 0;  // steps of the phases that are over
  PilotRecord record_;
  std::unique_ptr<Paths> paths_;
};

}  // namespace echelon
