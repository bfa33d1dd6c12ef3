#include "echelon/tempering/assignment.hpp"

#include <numeric>
#include <utility>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

constexpr std::int64_t waiting = 0;
constexpr std::int64_t upwards = 1;
constexpr std::int64_t downwards = 2;

}  // namespace

Assignment::Assignment(int ladders, int rungs) : ladders_(ladders), rungs_(rungs) {
  require(ladders >= 1 && rungs >= 1, ExitCode::usage,
          "{} ladders of {} rungs hold no replica (both must be at least 1)", ladders, rungs);
  replica_at_.resize(static_cast<std::size_t>(ladders * rungs));
  std::iota(replica_at_.begin(), replica_at_.end(), 0);
  for (int replica = 0; replica < replicas(); ++replica) rung_of_.push_back(replica % rungs);
}

Assignment Assignment::from_replicas(int ladders, int rungs,
                                     std::span<const std::int64_t> replica_at) {
  Assignment result(ladders, rungs);
  require(replica_at.size() == result.replica_at_.size(), ExitCode::data,
          "assignment names {} replicas ({} ladders of {} rungs hold {})", replica_at.size(),
          ladders, rungs, result.replica_at_.size());
  result.rung_of_.assign(replica_at.size(), -1);
  for (int ladder = 0; ladder < ladders; ++ladder)
    for (int rung = 0; rung < rungs; ++rung) {
      const auto replica = replica_at[result.slot(ladder, rung)];
      require(replica >= ladder * rungs && replica < (ladder + 1) * rungs &&
                  result.rung_of_[static_cast<std::size_t>(replica)] < 0,
              ExitCode::data, "assignment is no bijection (replica {} at ladder {}, rung {})",
              replica, ladder, rung);
      result.replica_at_[result.slot(ladder, rung)] = static_cast<int>(replica);
      result.rung_of_[static_cast<std::size_t>(replica)] = rung;
    }
  return result;
}

void Assignment::exchange(int ladder, int lower) {
  int& below = replica_at_.at(slot(ladder, lower));
  int& above = replica_at_.at(slot(ladder, lower + 1));
  std::swap(below, above);
  rung_of_[static_cast<std::size_t>(below)] = lower;
  rung_of_[static_cast<std::size_t>(above)] = lower + 1;
}

void Assignment::check() const {
  for (int replica = 0; replica < replicas(); ++replica)
    require(replica_at(ladder_of(replica), rung_of(replica)) == replica, ExitCode::internal,
            "replica {} is not at its rung {} (replica {} is)", replica, rung_of(replica),
            replica_at(ladder_of(replica), rung_of(replica)));
}

RoundTrips::RoundTrips(int replicas)
    : legs_(static_cast<std::size_t>(replicas), waiting),
      counts_(static_cast<std::size_t>(replicas), 0) {}

RoundTrips RoundTrips::from_history(std::span<const std::int64_t> legs,
                                    std::span<const std::int64_t> counts) {
  require(legs.size() == counts.size(), ExitCode::data,
          "round trips of {} replicas with {} counts do not match", legs.size(), counts.size());
  RoundTrips result(static_cast<int>(legs.size()));
  result.legs_.assign(legs.begin(), legs.end());
  result.counts_.assign(counts.begin(), counts.end());
  return result;
}

void RoundTrips::visit(const Assignment& assignment) {
  if (assignment.rungs() == 1) return;
  for (int ladder = 0; ladder < assignment.ladders(); ++ladder) {
    const auto hot = static_cast<std::size_t>(assignment.replica_at(ladder, 0));
    if (legs_[hot] == downwards) ++counts_[hot];
    legs_[hot] = upwards;
    const auto cold =
        static_cast<std::size_t>(assignment.replica_at(ladder, assignment.rungs() - 1));
    if (legs_[cold] == upwards) legs_[cold] = downwards;
  }
}

}  // namespace echelon
