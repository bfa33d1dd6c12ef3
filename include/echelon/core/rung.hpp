#pragma once

namespace echelon {

/// One rung of the ladder: the inverse scale beta in [0, 1] that divides every temperature.
/// beta = 0 is the prior, beta = 1 the target; index counts from the prior end.
struct Rung {
  int index = 0;
  double beta = 1;
};

}  // namespace echelon
