#pragma once

#include <vector>

namespace echelon {

/// Effective number of draws of equally long chains of at least 2 draws: draws divided by the
/// autocorrelation time of the pooled autocorrelations
///   rho_t = 1 - (W - mean_c c_t) / var+,    var+ = W (n-1)/n + var_c(chain means),
/// W the mean of the unbiased variances (Vehtari et al. 2021, eq. 10). NaN when nothing varies.
double effective_draws(const std::vector<std::vector<double>>& chains);

}  // namespace echelon
