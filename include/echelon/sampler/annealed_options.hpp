#pragma once

#include <vector>

#include "echelon/sampler/branch_options.hpp"

namespace echelon {

/// Whether the outer law is corrected, to second order, for the spread of its estimates.
enum class SpreadCorrection { none, variance };

struct AnnealedOptions {
  int levels = 10;    ///< of the schedule: losses computed per particle and outer move, >= 1
  int particles = 1;  ///< >= 1
  int readout = 1;    ///< moves of the deeper layers before a draw is recorded, >= 0
  SpreadCorrection correction = SpreadCorrection::none;
  Start start = Start::reference;
  StepAdaptation adaptation = StepAdaptation::warmup;
  std::vector<double> step;  ///< initial proposal step per layer
};

/// Error(usage) for options out of range, or when the deeper layers are not one block: d < 2, or
/// a_k > 0 for a layer between the first and the last.
void check(const AnnealedOptions& options, const Temperatures& temperatures);

/// The largest 1/A_d of any rung.
double coldest_inverse(const Temperatures& temperatures);

/// The ordinary Gibbs law of `depth` layers with 1/A = `inverse` at beta = 1.
Temperatures single_scale_temperatures(int depth, double inverse);

}  // namespace echelon
