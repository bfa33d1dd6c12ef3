#include "echelon/diagnostics/ladder_functional.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"
#include "echelon/diagnostics/convergence.hpp"
#include "pooled.hpp"

namespace echelon {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double none = -std::numeric_limits<double>::infinity();  // log of no weight

using Block = LadderBlocks::Block;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// The mean of one pair's weights, in one direction, over all chains.
struct Weights {
  double log_mean = none;
  std::int64_t count = 0;
  void add(double log_block_mean, std::int64_t of) {
    log_mean = log_pooled(log_mean, count, log_block_mean, of);
    count += of;
  }
  /// What a block changes the logarithm by, to first order and times the number of blocks.
  double change(double log_block_mean, std::int64_t of, double blocks) const {
    const double share = blocks * static_cast<double>(of) / static_cast<double>(count);
    return share * (std::exp(log_block_mean - log_mean) - 1);
  }
};

struct Pairs {
  std::vector<Weights> up, down;
  double blocks = 0;

  explicit Pairs(std::span<const LadderBlocks> chains)
      : up(at(chains[0].rungs() - 1)), down(up.size()) {
    for (const auto& chain : chains)
      for (const auto& block : chain.blocks()) {
        ++blocks;
        for (std::size_t i = 0; i < up.size(); ++i) {
          up[i].add(block.log_up[i], block.ups[i]);
          down[i].add(block.log_down[i], block.downs[i]);
        }
      }
  }
  double log_normaliser() const {
    double sum = 0;
    for (std::size_t i = 0; i < up.size(); ++i) {
      if (up[i].count == 0 || down[i].count == 0) return nan;
      sum += (up[i].log_mean - down[i].log_mean) / 2;
    }
    return sum;
  }
  double change(const Block& block) const {
    double sum = 0;
    for (std::size_t i = 0; i < up.size(); ++i)
      sum += (up[i].change(block.log_up[i], block.ups[i], blocks) -
              down[i].change(block.log_down[i], block.downs[i], blocks)) /
             2;
    return sum;
  }
};

using Series = std::vector<std::vector<double>>;  // by chain

Estimate estimate_of(const Series& series) {
  if (series[0].empty()) return {nan, nan};
  return mean_with_error(std::vector<std::span<const double>>(series.begin(), series.end()));
}

Series collect(std::span<const LadderBlocks> chains, const auto& value) {
  Series series;
  for (const auto& chain : chains) {
    auto& mine = series.emplace_back();
    for (const auto& block : chain.blocks()) mine.push_back(value(block));
  }
  return series;
}

/// What some neighbouring blocks say of a functional: its free energy's first-order change, means
/// of the rest. NaN where they lack an extra.
double value_over(std::span<const Block> blocks, const LadderFunctional& functional,
                  const Pairs& pairs) {
  double sum = 0;
  for (const auto& block : blocks) {
    if (functional.free_energy != 0)
      sum -= functional.free_energy * functional.scale * pairs.change(block);
    for (std::size_t r = 0; r < functional.rungs.size(); ++r)
      if (functional.rungs[r] != 0) sum += functional.rungs[r] * block.losses[r];
  }
  sum /= static_cast<double>(blocks.size());
  for (std::size_t i = 0; i < functional.extras.size(); ++i) {
    if (functional.extras[i] == 0) continue;
    double mean = nan;
    std::int64_t known = 0;
    for (const auto& block : blocks) {
      mean = pooled(mean, known, block.extras[i], block.known[i]);
      known += block.known[i];
    }
    sum += functional.extras[i] * mean;
  }
  return sum;
}

/// The series of value_over for groups of `size` blocks.
Series series_of(std::span<const LadderBlocks> chains, const LadderFunctional& functional,
                 const Pairs& pairs, std::size_t size) {
  Series series;
  for (const auto& chain : chains) {
    auto& mine = series.emplace_back();
    const auto blocks = chain.blocks();
    for (std::size_t first = 0; first + size <= blocks.size(); first += size)
      mine.push_back(value_over(blocks.subspan(first, size), functional, pairs));
  }
  return series;
}

bool is_complete(const Series& series) {
  for (const auto& chain : series)
    for (const double value : chain)
      if (std::isnan(value)) return false;
  return true;
}

}  // namespace

Estimate estimate(std::span<const LadderBlocks> chains, const LadderFunctional& functional) {
  constexpr std::size_t fewest_groups = 8;
  require(!chains.empty(), ExitCode::internal, "no chain to estimate from");
  const auto blocks = chains[0].blocks().size();
  if (blocks == 0) return {nan, nan};
  const Pairs pairs(chains);
  double value = functional.free_energy == 0
                     ? 0.0
                     : -functional.free_energy * functional.scale * pairs.log_normaliser();
  for (const auto& chain : chains)
    value += value_over(chain.blocks(), functional, pairs) / static_cast<double>(chains.size());
  for (std::size_t size = 1; size * fewest_groups <= std::max(blocks, fewest_groups); size *= 2)
    if (const auto series = series_of(chains, functional, pairs, size); is_complete(series))
      return {value, estimate_of(series).standard_error};
  return {value, nan};
}

std::vector<Estimate> mean_losses(std::span<const LadderBlocks> chains, int rungs) {
  std::vector<Estimate> means;
  for (std::size_t r = 0; r < at(rungs); ++r)
    means.push_back(estimate_of(collect(chains, [&](const Block& b) { return b.losses[r]; })));
  return means;
}

LadderIntegral integrate_over_beta(std::span<const LadderBlocks> chains,
                                   std::span<const double> betas) {
  const auto rungs = betas.size();
  std::vector<double> left(rungs, 0), right(rungs, 0), middle(rungs, 0);
  for (std::size_t r = 0; r + 1 < rungs; ++r) {
    left[r] = betas[r + 1] - betas[r];
    right[r + 1] = left[r];
  }
  for (std::size_t r = 0; r < rungs; ++r) middle[r] = (left[r] + right[r]) / 2;
  const auto sum = [&](const std::vector<double>& weights) {
    return estimate(chains, {.rungs = weights, .extras = {}});
  };
  return {sum(left), sum(middle), sum(right)};
}

}  // namespace echelon
