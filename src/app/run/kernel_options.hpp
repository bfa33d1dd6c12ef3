#pragma once

#include "echelon/app/config.hpp"
#include "echelon/sampler/branch_options.hpp"
#include "echelon/sampler/weight_moves.hpp"

namespace echelon {

/// The words of [kernel] and [run] that several estimators share.
inline Proposal proposal_of(const Config& config) {
  const auto& word = config.text("kernel.proposal");
  if (word == "unit") return Proposal::unit;
  if (word == "unit-pcn") return Proposal::unit_pcn;
  return word == "pcn" ? Proposal::pcn : Proposal::full;
}

inline Start start_of(const Config& config) {
  return config.text("run.start") == "prior" ? Start::prior : Start::reference;
}

inline StepAdaptation step_adaptation_of(const Config& config) {
  return config.flag("kernel.adapt-steps") ? StepAdaptation::warmup : StepAdaptation::none;
}

}  // namespace echelon
