#include "echelon/parallel/tree_sum.hpp"

#include <algorithm>

#include "echelon/core/error.hpp"

namespace echelon {

namespace {

// Leaves the sum of each of `width` interleaved columns in the first row.
void fold_rows(std::span<double> rows, std::size_t width) {
  const std::size_t count = rows.size() / width;
  for (std::size_t step = 1; step < count; step *= 2)
    for (std::size_t row = 0; row + step < count; row += 2 * step)
      for (std::size_t column = 0; column < width; ++column)
        rows[row * width + column] += rows[(row + step) * width + column];
}

}  // namespace

double tree_sum(std::span<const double> leaves) {
  if (leaves.empty()) return 0;
  std::vector<double> rows(leaves.begin(), leaves.end());
  fold_rows(rows, 1);
  return rows.front();
}

LeafSum::LeafSum(const Communicator& team, Range my_leaves, int leaves)
    : team_(team), leaves_(leaves) {
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
    leaves_of_rank_.push_back(range.size());
    next = range.end;
  }
  require(next == leaves, ExitCode::internal, "the ranks hold {} of {} leaves", next, leaves);
}

void LeafSum::operator()(std::span<const double> mine, std::span<double> totals) {
  const std::size_t width = totals.size();
  if (width == 0) return;
  counts_ = leaves_of_rank_;
  for (int& count : counts_) count *= static_cast<int>(width);
  all_.resize(static_cast<std::size_t>(leaves_) * width);
  team_.all_gather_varying(mine, counts_, all_);
  fold_rows(all_, width);
  if (leaves_ == 0)
    std::fill(totals.begin(), totals.end(), 0.0);
  else
    std::copy_n(all_.begin(), width, totals.begin());
}

void all_leaf_sum(const Communicator& team, Range my_leaves, std::span<const double> mine,
                  int leaves, std::span<double> totals) {
  LeafSum(team, my_leaves, leaves)(mine, totals);
}

}  // namespace echelon
