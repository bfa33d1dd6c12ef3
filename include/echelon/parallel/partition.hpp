#pragma once

#include "echelon/parallel/communicator.hpp"

namespace echelon {

/// The integers begin .. end-1.
struct Range {
  int begin = 0;
  int end = 0;
  int size() const { return end - begin; }
  bool contains(int item) const { return begin <= item && item < end; }
  bool operator==(const Range&) const = default;
};

/// Part `index` of `items` cut into `parts` contiguous blocks whose sizes differ by at most one.
Range block(int items, int parts, int index);

/// The index of the block that holds `item`: the inverse of block().
int block_of(int items, int parts, int item);

/// The replicas that one of `ranks` ranks works on, alone or with its team.
Range replicas_on(int ranks, int replicas, int rank);

/// The ranks that work on one of `replicas` replicas: one, or a team of consecutive ranks.
Range ranks_of(int ranks, int replicas, int replica);

/// How replicas 0 .. R-1 live on the P ranks of a world. With P <= R a rank holds a block of whole
/// replicas and works alone; with P > R a replica is shared by a team of consecutive ranks, whose
/// lowest rank is the team's root. Every rank is used; blocks and teams differ by at most one.
class Placement {
 public:
  /// Collective over `world` when it has more ranks than replicas.
  Placement(const Communicator& world, int replicas);

  /// The replicas of this rank's team.
  Range replicas() const { return replicas_; }
  /// The ranks that work on them together.
  const Communicator& team() const { return team_; }
  /// The world rank of the root of the replica's team.
  int owner(int replica) const { return ranks_of(ranks_, total_, replica).begin; }

 private:
  int ranks_;
  int total_;
  Range replicas_;
  Communicator team_;
};

}  // namespace echelon
