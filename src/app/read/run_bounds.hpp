#pragma once

#include <string>
#include <vector>

#include "echelon/diagnostics/integral.hpp"
#include "echelon/diagnostics/links.hpp"
#include "echelon/storage/run_view.hpp"

namespace echelon {

/// The certificate that a run's own ladder gives (diagnostics/bounds.hpp), from the sweeps after
/// its warm-up. It assumes that every rung is in equilibrium.
struct RunBounds {
  std::vector<double> betas;
  std::vector<Estimate> mean_losses;  ///< by rung
  LadderIntegral free_energy;         ///< V_0: the left sum is the upper bound
  Rise rise;                          ///< what equilibrium rules out
  LossScale scale;                    ///< Lipschitz constant, R and range that were used
  std::vector<Link> links;            ///< with E b_k^2
  double samples = 0;
  double delta = 0;
  double certificate = 0;      ///< bound on the expected risk, over samples
  double certificate_pac = 0;  ///< with probability at least 1 - delta
  double trivial_bound = 0;    ///< the loss of answering every class alike
};

/// Error(usage) naming what to change when the run cannot have a certificate: a ladder without
/// beta = 0, another loss than the squared one of a softmax, no radius for the inputs, a flat
/// prior, or too few draws.
RunBounds read_bounds(const RunView& run);

}  // namespace echelon
