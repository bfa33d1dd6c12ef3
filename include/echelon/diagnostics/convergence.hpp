#pragma once

#include <span>

#include "echelon/diagnostics/estimate.hpp"

namespace echelon {

/// Chains of one quantity: chains[c][i] is draw i of chain c, as many draws in each.
using Chains = std::span<const std::span<const double>>;

/// Convergence diagnostics of Vehtari, Gelman, Simpson, Carpenter and Buerkner (Bayesian Analysis
/// 16:667, 2021), on chains split in half (an odd middle draw is dropped). For all of them:
/// Error(internal) unless there is a chain and all are equally long; Error(data) naming chain and
/// draw of a value that is not finite; NaN with fewer than 4 draws, and NaN when every draw of
/// every chain is the same, because a constant cannot be told from a stuck chain. Chains that are
/// each constant at different values have R-hat infinity.

/// Rank-normalised split R-hat: the larger of bulk and folded (about the median). Below 1.01
/// wanted.
double rhat(Chains chains);

/// Effective number of draws for the bulk: of the rank-normalised split chains.
double ess_bulk(Chains chains);

/// Effective number of draws in the tails: the smaller of those for the 5 % and 95 % quantiles,
/// leaving out a quantile below or above which nothing lies.
double ess_tail(Chains chains);

/// Effective number of draws for the mean, without rank normalisation.
double ess_mean(Chains chains);

/// Mean over all draws, with its Monte-Carlo standard error sd / sqrt(ess_mean).
Estimate mean_with_error(Chains chains);

}  // namespace echelon
