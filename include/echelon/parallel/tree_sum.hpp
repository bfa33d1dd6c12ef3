#pragma once

#include <span>
#include <vector>

#include "echelon/parallel/communicator.hpp"
#include "echelon/parallel/partition.hpp"

namespace echelon {

/// Samples per leaf of a sum over samples: a leaf is summed by one rank, in order.
inline constexpr int leaf_samples = 512;

/// Leaves of a sum over this many samples; the last one may be short.
constexpr int leaf_count(int samples) { return (samples + leaf_samples - 1) / leaf_samples; }

/// The sum of the leaves along one fixed binary tree over the leaf index: neighbours first, then
/// pairs of neighbours, and so on. The bits depend on the leaves and their number only.
double tree_sum(std::span<const double> leaves);

/// Sums of leaves that live on several ranks, with the bits of tree_sum whatever the partition.
/// (Floating-point MPI_SUM would associate by rank.) Hold one in a loop: it learns the partition
/// once and then needs a single collective per sum.
class LeafSum {
 public:
  /// Collective. The ranges, in rank order, cover 0 .. leaves-1 without gap or overlap.
  LeafSum(const Communicator& team, Range my_leaves, int leaves);

  /// Collective. totals[q] = sum over all leaves of quantity q, on every rank. `mine` holds this
  /// rank's leaves, leaf-major: mine[(leaf - my_leaves.begin) * totals.size() + q].
  void operator()(std::span<const double> mine, std::span<double> totals);

 private:
  Communicator team_;
  int leaves_;
  std::vector<int> leaves_of_rank_;
  std::vector<int> counts_;
  std::vector<double> all_;
};

/// The same for one use; needs a second collective to learn the partition.
void all_leaf_sum(const Communicator& team, Range my_leaves, std::span<const double> mine,
                  int leaves, std::span<double> totals);

}  // namespace echelon
