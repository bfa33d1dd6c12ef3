#include "echelon/sampler/branch_options.hpp"

#include "echelon/core/error.hpp"

namespace echelon {

void check(const BranchOptions& options, int depth) {
  const int least = options.estimator == Estimator::paper ? 1 : 0;
  require(options.inner_steps >= least, ExitCode::usage, "inner-steps is {} (at least {} needed)",
          options.inner_steps, least);
  require(options.relaxation_moves() >= 0, ExitCode::usage,
          "relaxation is {} (it must not be negative)", options.relaxation_moves());
  require(options.inner_steps + options.relaxation_moves() > 0, ExitCode::usage,
          "neither switching steps nor relaxation moves (the deeper layers would never move)");
  require(static_cast<int>(options.step.size()) == depth, ExitCode::usage,
          "{} step sizes for {} layers (give one per layer)", options.step.size(), depth);
}

void check_swaps(const BranchOptions& options, const Temperatures& temperatures, int rungs) {
  if (rungs <= 1) return;
  for (int r = 0; r < (temperatures.is_table() ? rungs : 1); ++r) {
    if (temperatures.single_scale({r, 1.0})) continue;
    require(options.estimator != Estimator::paper, ExitCode::usage,
            "estimator paper on {} rungs with a_k > 0 above the last layer (a swap needs a "
            "normaliser that this estimator never computes) use bridge, annealed or collapsed, one "
            "rung, or a = 0,..,0,a_d",
            rungs);
    require(!temperatures.is_table(), ExitCode::usage,
            "estimator bridge with a temperature table and a_k > 0 above the last layer (its swaps "
            "switch in beta, and a table's rungs are not on one line in beta) use betas");
  }
}

}  // namespace echelon
