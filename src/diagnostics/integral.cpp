#include "echelon/diagnostics/integral.hpp"

#include <cmath>

#include "echelon/core/error.hpp"

namespace echelon {

LadderIntegral integrate_over_beta(std::span<const double> betas,
                                   std::span<const Estimate> mean_losses) {
  require(!betas.empty() && betas.size() == mean_losses.size(), ExitCode::internal,
          "{} betas have {} mean losses", betas.size(), mean_losses.size());
  const auto width = [&](std::size_t k) {  // of the interval that ends at rung k
    if (k == 0 || k == betas.size()) return 0.0;
    require(betas[k] > betas[k - 1], ExitCode::internal, "beta {} follows {} (they must ascend)",
            betas[k], betas[k - 1]);
    return betas[k] - betas[k - 1];
  };
  LadderIntegral sums;
  const auto add = [](Estimate& sum, double weight, const Estimate& mean) {
    sum.value += weight * mean.value;
    // A rung of no weight may have no error: a single draw at the last rung, say.
    if (weight > 0)
      sum.standard_error = std::hypot(sum.standard_error, weight * mean.standard_error);
  };
  for (std::size_t k = 0; k < betas.size(); ++k) {
    add(sums.left, width(k + 1), mean_losses[k]);
    add(sums.right, width(k), mean_losses[k]);
    add(sums.trapezoid, (width(k) + width(k + 1)) / 2, mean_losses[k]);
  }
  return sums;
}

Rise largest_rise(std::span<const Estimate> mean_losses) {
  Rise largest;
  for (std::size_t k = 0; k + 1 < mean_losses.size(); ++k) {
    const double error =
        std::hypot(mean_losses[k].standard_error, mean_losses[k + 1].standard_error);
    const double sigmas = (mean_losses[k + 1].value - mean_losses[k].value) / error;
    if (std::isnan(sigmas) || (largest.rung >= 0 && sigmas <= largest.sigmas)) continue;
    largest = {static_cast<int>(k), sigmas};
  }
  return largest;
}

}  // namespace echelon
