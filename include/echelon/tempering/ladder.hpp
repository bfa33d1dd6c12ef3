#pragma once

#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/core/rung.hpp"

namespace echelon {

/// Whether a ladder starts at the prior itself (beta = 0, drawn exactly) or above it.
enum class PriorEnd { included, absent };

/// The inverse scales beta_0 < ... < beta_{R-1} = 1 that divide every temperature, from the prior
/// end to the target. One rung means beta = 1.
class Ladder {
 public:
  /// Only the target.
  Ladder() : betas_{1.0} {}
  /// Error(blame) unless the betas ascend strictly within [0, 1] and end at 1.
  static Ladder from_betas(std::vector<double> betas, ExitCode blame = ExitCode::usage);
  /// min_beta, ..., 1 in geometric steps, with beta = 0 before them when the prior end is included;
  /// `rungs` in total. Error(usage) unless 0 < min_beta < 1 and there is a rung for each end.
  static Ladder geometric(int rungs, double min_beta, PriorEnd prior_end);
  /// Rungs whose temperatures come from elsewhere (a table): only their order means anything, so
  /// betas are equally spaced, above 0 unless the prior end is included, and never adapted.
  static Ladder opaque(int rungs, PriorEnd prior_end);

  int rungs() const { return static_cast<int>(betas_.size()); }
  int pairs() const { return rungs() - 1; }
  Rung rung(int index) const { return {index, betas_.at(static_cast<std::size_t>(index))}; }
  const std::vector<double>& betas() const { return betas_; }
  /// Whether moving the betas between the two ends keeps the meaning of the ladder.
  bool adaptable() const { return !opaque_; }

  bool operator==(const Ladder&) const = default;

 private:
  std::vector<double> betas_;
  bool opaque_ = false;
};

}  // namespace echelon
