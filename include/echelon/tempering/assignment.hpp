#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace echelon {

/// Which replica lives at which rung: one permutation per ladder, known whole on every rank.
/// A replica's id is ladder x rungs + the rung it started at, for life.
class Assignment {
 public:
  /// Every replica at the rung it is named after.
  Assignment(int ladders, int rungs);
  /// From replica_at in (ladder, rung) order. Error(data) unless it is a bijection per ladder.
  static Assignment from_replicas(int ladders, int rungs, std::span<const std::int64_t> replica_at);

  int ladders() const { return ladders_; }
  int rungs() const { return rungs_; }
  int replicas() const { return ladders_ * rungs_; }
  int ladder_of(int replica) const { return replica / rungs_; }
  int replica_at(int ladder, int rung) const { return replica_at_.at(slot(ladder, rung)); }
  int rung_of(int replica) const { return rung_of_.at(static_cast<std::size_t>(replica)); }
  /// Exchanges the replicas of rungs `lower` and `lower` + 1 of one ladder.
  void exchange(int ladder, int lower);
  /// Error(internal) unless every replica is where its rung says, in its own ladder.
  void check() const;
  /// replica_at in (ladder, rung) order.
  std::vector<std::int64_t> replica_at() const { return {replica_at_.begin(), replica_at_.end()}; }

  bool operator==(const Assignment&) const = default;

 private:
  std::size_t slot(int ladder, int rung) const {
    return static_cast<std::size_t>(ladder * rungs_ + rung);
  }

  int ladders_;
  int rungs_;
  std::vector<int> replica_at_;
  std::vector<int> rung_of_;
};

/// How often each replica has gone from rung 0 to the last rung and back to rung 0, counted on the
/// recorded index process: one visit a sweep.
class RoundTrips {
 public:
  explicit RoundTrips(int replicas);
  static RoundTrips from_history(std::span<const std::int64_t> legs,
                                 std::span<const std::int64_t> counts);

  /// Counts the ends that the replicas stand on now. Nothing moves on a ladder of one rung.
  void visit(const Assignment& assignment);

  const std::vector<std::int64_t>& counts() const { return counts_; }
  /// Per replica: 0 before its first visit to rung 0, 1 on the way up, 2 on the way down.
  const std::vector<std::int64_t>& legs() const { return legs_; }
  bool operator==(const RoundTrips&) const = default;

 private:
  std::vector<std::int64_t> legs_;
  std::vector<std::int64_t> counts_;
};

}  // namespace echelon
