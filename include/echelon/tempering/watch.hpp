#pragma once

#include "echelon/tempering/census.hpp"

namespace echelon {

/// The root's clock: when a commit is due, when failed commits have gone on for too long, and when
/// the wall time left is just enough to commit and leave. Times are seconds since the run began or
/// resumed, handed in by the caller.
class Watch {
 public:
  /// A commit every `interval` seconds; the run, last commit included, ends before `limit`.
  Watch(double interval, double limit) : interval_(interval), limit_(limit), due_(interval) {}

  /// The first sweep begins now.
  void start(double now) { sweep_began_ = now; }
  void sweep_ended(double now);
  /// Signals raised at this moment: commit, stop, both or none.
  Signal signals(double now) const;
  /// A commit begun at `began` ended now. A failed one is tried again after a pause that doubles
  /// from interval / 16 up to the interval.
  void committed(double began, double now, bool success);
  /// Seconds spent on commits so far, failed ones included.
  double committing() const { return committing_; }
  /// True once commits fail and nothing has been committed for three intervals.
  bool given_up(double now) const { return failures_ > 0 && now - safe_ > 3 * interval_; }

 private:
  double interval_;
  double limit_;
  double due_;
  double safe_ = 0;  // when the last successful commit began
  double sweep_began_ = 0;
  double longest_sweep_ = 0;
  double longest_commit_ = 1;  // a guess until the first one has been timed
  double committing_ = 0;
  int failures_ = 0;  // since the last success
};

}  // namespace echelon
