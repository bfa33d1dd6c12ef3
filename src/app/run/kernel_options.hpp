#pragma once

#include <string>
#include <utility>
#include <vector>

#include "echelon/app/config.hpp"
#include "echelon/sampler/branch_options.hpp"
#include "echelon/sampler/weight_moves.hpp"

namespace echelon {

/// The words of [kernel] and [run] that several estimators share.
inline Proposal proposal_of(const std::string& word) {
  if (word == "unit") return Proposal::unit;
  if (word == "unit-pcn") return Proposal::unit_pcn;
  if (word == "mala") return Proposal::mala;
  if (word == "hmc") return Proposal::hmc;
  return word == "pcn" ? Proposal::pcn : Proposal::full;
}

template <class Real>
WeightMoves<Real> moves_of(const Config& config, const Prior& prior, Weights<double> start) {
  std::vector<Proposal> proposals;
  for (const auto& word : config.words("kernel.proposal")) proposals.push_back(proposal_of(word));
  if (proposals.size() == 1) return {prior, proposals.front(), std::move(start)};
  return {prior, std::move(proposals), std::move(start)};
}

inline Start start_of(const Config& config) {
  return config.text("run.start") == "prior" ? Start::prior : Start::reference;
}

inline StepAdaptation step_adaptation_of(const Config& config) {
  return config.flag("kernel.adapt-steps") ? StepAdaptation::warmup : StepAdaptation::none;
}

}  // namespace echelon
