#pragma once

#include <span>
#include <vector>

#include "echelon/diagnostics/estimate.hpp"

namespace echelon {

/// Biased autocovariances c_t = (1/n) sum_i (x_i - mean)(x_{i+t} - mean), t = 0 .. n-1, in
/// O(n log n).
std::vector<double> autocovariance(std::span<const double> series);

/// The integrated autocorrelation time 1 + 2 sum_t rho_t from autocorrelations rho_0 = 1, rho_1,
/// ..: sums of neighbouring pairs are kept while they are positive and made non-increasing
/// (Geyer's initial monotone sequence, Statist. Sci. 7:473, 1992; the cut-off as in Vehtari et al.
/// 2021). At least 1 / log10(draws), which bounds what antithetic draws can gain.
double autocorrelation_time(std::vector<double> correlations, double draws);

/// Mean of one long stationary series with a standard error that allows for autocorrelation.
/// The error is NaN for fewer than 4 values, and for a constant series: it may be stuck.
/// Error(data) naming the position of a value that is not finite.
Estimate mean_with_error(std::span<const double> series);

}  // namespace echelon
