#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "echelon/tempering/ensemble.hpp"
#include "echelon/tempering/options.hpp"
#include "echelon/tempering/rows.hpp"
#include "echelon/tempering/sink.hpp"

namespace echelon {

/// Turns what happened in a sweep into rows of the tables in sink.hpp. Every rank calls it alike;
/// the sink, which only root has, sees complete rows.
template <Target T, Sink S>
class Recorder {
 public:
  /// `sink` is null except on root; rung axes are padded to `rung_capacity`.
  Recorder(S* sink, int rung_capacity) : sink_(sink), rung_capacity_(rung_capacity) {}

  void trace(const Ledger& ledger, const Census& census, T& target) {
    record(tables::trace,
           [&] { return trace_row(ledger, census, target.report_names(), rung_capacity_); });
    record(tables::index_process, [&] { return index_row(ledger, rung_capacity_); });
  }

  /// The statistics of the draw at the target's rung, from each ladder.
  void statistics(const Ledger& ledger, Ensemble<T>& ensemble, Phase phase) {
    std::vector<Archive> row = ask(ledger, ensemble, [](T& target, typename T::State& state) {
      return target.statistics(state);
    });
    for (int ladder = 0; ladder < std::ssize(row); ++ladder) {
      Archive& share = row[static_cast<std::size_t>(ladder)];
      share.put("replica", std::int64_t{coldest(ledger, ladder)});
      share.put("sweep", ledger.sweep);
    }
    record(phase == Phase::warmup ? tables::warmup_sample_stats : tables::sample_stats,
           [&] { return row; });
  }

  /// The weights of the same draw.
  void weights(const Ledger& ledger, Ensemble<T>& ensemble, Phase phase) {
    std::vector<Archive> row = ask(ledger, ensemble, [](T& target, typename T::State& state) {
      return target.weights(state);
    });
    for (Archive& share : row) share.put("sweep", ledger.sweep);
    record(phase == Phase::warmup ? tables::warmup_posterior : tables::posterior,
           [&] { return row; });
  }

  void round(const Ledger& ledger, T& target, Phase phase) {
    record(tables::rounds, [&] {
      return round_row(ledger, phase, target.report_names(), target.pack_tuning(), rung_capacity_);
    });
  }

  void timing(std::int64_t sweep, const Census& census, double committing) {
    for (const Archive& rank : timing_rows(sweep, census, committing))
      record(tables::timing, [&] { return std::vector{rank}; });
  }

 private:
  static int coldest(const Ledger& ledger, int ladder) {
    return ledger.assignment.replica_at(ladder, ledger.ladder.rungs() - 1);
  }

  template <class Describe>
  std::vector<Archive> ask(const Ledger& ledger, Ensemble<T>& ensemble, const Describe& describe) {
    std::vector<Archive> row;
    for (int ladder = 0; ladder < ledger.assignment.ladders(); ++ladder)
      row.push_back(ensemble.ask(coldest(ledger, ladder), describe));
    return row;
  }

  template <class MakeRow>
  void record(std::string_view table, const MakeRow& make) {
    if (sink_ == nullptr) return;
    const std::vector<Archive> row = make();
    sink_->record(table, std::span(row));
  }

  S* sink_;
  int rung_capacity_;
};

}  // namespace echelon
