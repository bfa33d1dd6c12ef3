#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "echelon/tempering/assignment.hpp"

namespace echelon {

/// The rung that `rung` may exchange with, or -1: pairs (0,1), (2,3), ... when `parity` is even,
/// (1,2), (3,4), ... when it is odd. Alternating the two without a coin makes the index process
/// non-reversible (Syed, Bouchard-Cote, Deligiannidis and Doucet 2022, doi 10.1111/rssb.12464).
int partner_of(int rung, int rungs, std::int64_t parity);

/// One attempted exchange of the replicas x and y at rungs `lower` and `lower` + 1.
struct Attempt {
  int ladder = 0;
  int lower = 0;
  double up = 0;          ///< log pi_{lower+1}(x) - log pi_lower(x)
  double down = 0;        ///< log pi_lower(y) - log pi_{lower+1}(y)
  double acceptance = 0;  ///< min(1, exp(up + down)); 0 when that is not a number
  bool accepted = false;
};

struct SwapRound {
  Assignment after;
  std::vector<Attempt> attempts;  ///< in (ladder, lower) order
};

/// Decides every exchange of one parity with the full density ratio: accepted when
///     log u < [log pi_j(x) - log pi_i(x)] + [log pi_i(y) - log pi_j(y)].
/// `log_ratios` by replica: towards its partner's rung. `uniforms` in (0,1), by ladder x rungs +
/// lower rung. A pure function: every rank calls it with the same numbers and gets the same answer.
SwapRound swap_round(const Assignment& before, std::span<const double> log_ratios,
                     std::int64_t parity, std::span<const double> uniforms);

}  // namespace echelon
