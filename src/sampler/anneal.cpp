#include "echelon/sampler/anneal.hpp"

namespace echelon {

NormaliserEstimate estimate_normaliser(std::span<const double> log_weights) {
  NormaliserEstimate estimate{log_mean_exp(log_weights), 0};
  const auto n = static_cast<double>(log_weights.size());
  if (n < 2 || !std::isfinite(estimate.log_mean)) return estimate;
  for (const double x : log_weights)
    estimate.variance += std::pow(std::expm1(x - estimate.log_mean), 2);
  estimate.variance /= n * (n - 1);
  return estimate;
}

}  // namespace echelon
