#pragma once

#include <span>
#include <vector>

#include "echelon/diagnostics/integral.hpp"
#include "echelon/diagnostics/ladder_blocks.hpp"

namespace echelon {

/// A linear functional of what the blocks hold,
///     free_energy V + sum_r rungs[r] E_r[L] + sum_i extras[i] E[x_i],
/// V = -scale log Z_1/Z_0 from the stepping stones of all pairs, the mean of both directions.
struct LadderFunctional {
  double free_energy = 0;
  double scale = 1;
  std::vector<double> rungs;   ///< empty: all 0
  std::vector<double> extras;  ///< empty: all 0
};

/// Its value over the blocks of all chains, with a standard error from the series of its block
/// means (for the logarithms, of their first-order changes): correlation in time and between rungs
/// and pairs is in it. Where a block lacks an extra, the series is of groups of neighbouring blocks
/// that all have it, eight or more. NaN where something is missing.
Estimate estimate(std::span<const LadderBlocks> chains, const LadderFunctional& functional);

/// Mean loss of each rung.
std::vector<Estimate> mean_losses(std::span<const LadderBlocks> chains, int rungs);

/// integrate_over_beta with errors that allow for correlation between rungs.
LadderIntegral integrate_over_beta(std::span<const LadderBlocks> chains,
                                   std::span<const double> betas);

}  // namespace echelon
