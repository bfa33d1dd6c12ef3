#pragma once

#include <cstddef>
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

/// Adds up leaves, rows of `width` quantities, as they come: the sum of a subtree takes the place
/// of its leaves as soon as all of them are there, so that few rows are held.
class LeafTree {
 public:
  LeafTree(std::size_t width, int first_leaf) : width_(width), next_(first_leaf) {}

  /// Room for the next row, the sum of this many leaves, a power of 2 that divides the index of the
  /// first of them; to be filled and then joined.
  std::span<double> row(int leaves = 1);
  void join();

  /// The subtrees that are not part of a larger one so far, in order: their leaves and sums.
  std::vector<int> leaves() const;
  std::span<const double> sums() const;
  /// Adds up what there is as if no leaf followed.
  void fold();

 private:
  struct Subtree {
    int first, leaves;
  };
  std::span<double> sum(std::size_t i) { return {rows_.data() + i * width_, width_}; }
  void merge();

  std::size_t width_;
  int next_;
  std::vector<Subtree> subtrees_;
  std::vector<double> rows_;
};

/// Sums of leaves that live on several ranks, with the bits of tree_sum whatever the partition.
/// (Floating-point MPI_SUM would associate by rank.) Hold one in a loop: it learns the partition
/// once and then needs a single collective per sum, in which a rank tells the sums of its subtrees.
class LeafSum {
 public:
  /// Collective. The ranges, in rank order, cover 0 .. leaves-1 without gap or overlap.
  LeafSum(const Communicator& team, Range my_leaves, int leaves);

  /// Collective. totals[q] = sum over all leaves of quantity q, on every rank. fill(leaf, row)
  /// writes the quantities of one of this rank's leaves.
  template <class Fill>
  void operator()(Fill fill, std::span<double> totals) const {
    LeafTree mine(totals.size(), mine_.begin);
    for (int leaf = mine_.begin; leaf < mine_.end; ++leaf) {
      fill(leaf, mine.row());
      mine.join();
    }
    share(mine, totals);
  }

 private:
  void share(const LeafTree& mine, std::span<double> totals) const;

  Communicator team_;
  Range mine_;
  std::vector<std::vector<int>> subtrees_;  // leaves of each rank's
};

}  // namespace echelon
