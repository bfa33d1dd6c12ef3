#include "echelon/parallel/tree_sum.hpp"

#include <algorithm>

#include "echelon/core/error.hpp"

namespace echelon {

namespace {

// How many leaves each complete subtree has of which a range consists.
std::vector<int> subtrees_of(Range leaves) {
  LeafTree tree(0, leaves.begin);
  for (int leaf = leaves.begin; leaf < leaves.end; ++leaf) {
    tree.row();
    tree.join();
  }
  return tree.leaves();
}

}  // namespace

double tree_sum(std::span<const double> leaves) {
  if (leaves.empty()) return 0;
  LeafTree tree(1, 0);
  for (const double leaf : leaves) {
    tree.row().front() = leaf;
    tree.join();
  }
  tree.fold();
  return tree.sums().front();
}

std::span<double> LeafTree::row(int leaves) {
  subtrees_.push_back({next_, leaves});
  next_ += leaves;
  if (rows_.size() < subtrees_.size() * width_) rows_.resize(subtrees_.size() * width_);
  return sum(subtrees_.size() - 1);
}

void LeafTree::join() {
  while (subtrees_.size() > 1) {
    const Subtree &left = *(subtrees_.end() - 2), &right = subtrees_.back();
    if (left.leaves != right.leaves || left.first % (2 * left.leaves) != 0) return;
    merge();
  }
}

void LeafTree::fold() {
  while (subtrees_.size() > 1) merge();
}

void LeafTree::merge() {
  const auto left = sum(subtrees_.size() - 2), right = sum(subtrees_.size() - 1);
  for (std::size_t i = 0; i < width_; ++i) left[i] += right[i];
  const int leaves = subtrees_.back().leaves;
  subtrees_.pop_back();
  subtrees_.back().leaves += leaves;
}

std::vector<int> LeafTree::leaves() const {
  std::vector<int> result;
  for (const Subtree& subtree : subtrees_) result.push_back(subtree.leaves);
  return result;
}

std::span<const double> LeafTree::sums() const {
  return std::span(rows_).first(subtrees_.size() * width_);
}

LeafSum::LeafSum(const Communicator& team, Range my_leaves, int leaves)
    : team_(team), mine_(my_leaves) {
  const auto ranks = static_cast<std::size_t>(team.size());
  const double mine[] = {static_cast<double>(my_leaves.begin), static_cast<double>(my_leaves.end)};
  std::vector<double> ranges(2 * ranks);
  team.all_gather(mine, ranges);
  int next = 0;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    const Range range{static_cast<int>(ranges[2 * rank]), static_cast<int>(ranges[2 * rank + 1])};
    require(range.begin == next && range.end >= next, ExitCode::internal,
            "rank {} holds leaves {} to {} (the next one is {})", rank, range.begin, range.end,
            next);
    subtrees_.push_back(subtrees_of(range));
    next = range.end;
  }
  require(next == leaves, ExitCode::internal, "the ranks hold {} of {} leaves", next, leaves);
}

void LeafSum::share(const LeafTree& mine, std::span<double> totals) const {
  const std::size_t width = totals.size();
  std::vector<int> counts;
  std::size_t rows = 0;
  for (const auto& subtrees : subtrees_) {
    counts.push_back(static_cast<int>(subtrees.size() * width));
    rows += subtrees.size();
  }
  std::vector<double> all(rows * width);
  team_.all_gather_varying(mine.sums(), counts, all);
  LeafTree tree(width, 0);
  const double* from = all.data();
  for (const auto& subtrees : subtrees_)
    for (const int leaves : subtrees) {
      std::copy_n(from, width, tree.row(leaves).begin());
      tree.join();
      from += width;
    }
  tree.fold();
  std::fill(totals.begin(), totals.end(), 0.0);
  std::copy(tree.sums().begin(), tree.sums().end(), totals.begin());
}

}  // namespace echelon
