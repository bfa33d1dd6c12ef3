#pragma once

#include <span>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/parallel/communicator.hpp"
#include "echelon/parallel/partition.hpp"
#include "echelon/tempering/census.hpp"

namespace echelon {

/// All that travels between the teams of a run: a few doubles per replica at every sweep, draws to
/// the root, and whole replicas at a checkpoint. Only team roots speak for their replicas.
/// Methods are collective over the world.
class Mailroom {
 public:
  /// `spent` is this rank's account; the caller adds what swap terms take.
  Mailroom(const Communicator& world, const Placement& placement, int replicas, TimeSpent& spent);

  /// One all-gather. `rows` holds [energy, log ratio, report ...] of this rank's replicas. The
  /// answer is the same on every rank. Error(internal), on every rank, naming the replica whose
  /// energy is not finite.
  Census share(std::span<const double> rows, Signal signals, double wall);
  /// The answer of a replica's team, on the world's root; empty elsewhere.
  Archive to_root(int replica, const Archive& answer) const;
  /// The archives of this rank's replicas, all of them on root in replica order; empty elsewhere.
  std::vector<Archive> gather(const std::vector<Archive>& mine) const;
  /// The reverse of gather: every member of a team receives its replicas.
  std::vector<Archive> scatter(const std::vector<Archive>& all) const;

 private:
  bool speaks() const { return placement_.team().is_root(); }
  Census read(std::span<const double> all, std::size_t width) const;
  void account(Census& census);

  Communicator world_;
  Placement placement_;
  int replicas_;
  std::vector<int> speaks_for_;  // by rank: number of replicas it speaks for
  TimeSpent& spent_;
};

}  // namespace echelon
