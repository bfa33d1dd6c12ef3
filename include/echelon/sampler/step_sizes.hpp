#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/sampler/moves.hpp"

namespace echelon {

/// Proposal step sizes, one per rung and layer: they belong to the rung, not to the replica that
/// visits it, and are the same on every rank. In warm-up each follows its acceptance rate,
///     log step += 4 (t + 4)^(-0.6) (acceptance - target),   t = warm-up sweep
/// (Robbins and Monro 1951; Andrieu and Thoms 2008); frozen afterwards.
class StepSizes {
 public:
  /// One positive initial step and one rule per layer, Error(usage) otherwise; steps stay at or
  /// below their rule's largest.
  StepSizes(std::vector<double> initial, std::vector<StepRule> rules);

  /// Steps of the rung, per layer; the initial ones for a rung never adapted.
  std::span<const double> of(int rung) const;
  /// Moves the rung's steps; layers whose acceptance is not finite stay.
  void adapt(int rung, std::span<const double> acceptance, std::int64_t warmup_sweep);

  /// "step": rung x layer, for the rungs adapted so far.
  Archive pack() const;
  /// Error(data) when the array does not fit the layers.
  void unpack(const Archive& archive);

 private:
  std::size_t layers() const { return initial_.size(); }

  std::vector<double> initial_;
  std::vector<StepRule> rules_;
  std::vector<double> steps_;  // rung x layer
};

}  // namespace echelon
