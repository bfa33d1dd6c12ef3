#include "echelon/sampler/collapsed.hpp"

#include "echelon/core/error.hpp"

namespace echelon {

void require_collapsible(const Temperatures& temperatures) {
  for (int row = 0; row < temperatures.rows(); ++row)
    for (int k = 0; k + 2 < temperatures.depth(); ++k)
      require(temperatures.theta(k, {row, 1.0}) == 1, ExitCode::usage,
              "estimator collapsed with a temperature of {} on layer {} (only the last two layers "
              "may have one: the free energies above them have no closed form) set it to 0, or use "
              "bridge",
              temperatures.cumulative(k, {row, 1.0}) - temperatures.cumulative(k + 1, {row, 1.0}),
              k + 1);
}

HeadPrior head_prior(const Network& network, const Prior& prior) {
  require(network.output == Output::identity && network.loss == Loss::squared, ExitCode::usage,
          "estimator collapsed needs output = identity and loss = squared (the last layer is "
          "integrated out as a linear regression) use bridge");
  require(prior.kind == PriorKind::gaussian, ExitCode::usage,
          "estimator collapsed with a flat prior (the last layer's must be Gaussian) use bridge");
  require(prior.radius.empty(), ExitCode::usage,
          "estimator collapsed with a radius (a truncated last layer has no closed form) drop the "
          "radii, or use bridge");
  return {prior.mean.back(), prior.scale.back()};
}

}  // namespace echelon
