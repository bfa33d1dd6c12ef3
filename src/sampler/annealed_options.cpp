#include "echelon/sampler/annealed_options.hpp"

#include <algorithm>

#include "echelon/core/error.hpp"

namespace echelon {

void check(const AnnealedOptions& options, const Temperatures& temperatures) {
  const int depth = temperatures.depth();
  require(options.levels >= 1 && options.particles >= 1 && options.readout >= 0, ExitCode::usage,
          "an anneal of {} levels, {} particles and {} readout moves (at least 1, 1 and 0 needed)",
          options.levels, options.particles, options.readout);
  require(static_cast<int>(options.step.size()) == depth, ExitCode::usage,
          "{} step sizes for {} layers (give one per layer)", options.step.size(), depth);
  require(depth >= 2, ExitCode::usage,
          "estimator annealed for a network of one layer (there is nothing to anneal) use bridge");
  for (int row = 0; row < temperatures.rows(); ++row)
    for (int k = 1; k + 1 < depth; ++k)
      require(
          temperatures.theta(k, {row, 1.0}) == 1, ExitCode::usage,
          "estimator annealed with a temperature of {} on layer {} (the layers behind the first "
          "are annealed as one block) set it to 0, or use bridge",
          temperatures.cumulative(k, {row, 1.0}) - temperatures.cumulative(k + 1, {row, 1.0}),
          k + 1);
}

double coldest_inverse(const Temperatures& temperatures) {
  double coldest = 0;
  for (int row = 0; row < temperatures.rows(); ++row)
    coldest = std::max(coldest, temperatures.inverse(temperatures.depth() - 1, {row, 1.0}));
  return coldest;
}

Temperatures single_scale_temperatures(int depth, double inverse) {
  std::vector<double> a(static_cast<std::size_t>(depth), 0.0);
  a.back() = 1 / inverse;
  return Temperatures(std::move(a));
}

}  // namespace echelon
