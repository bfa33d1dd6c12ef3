#include "echelon/tempering/ladder.hpp"

#include <cmath>
#include <utility>

namespace echelon {

Ladder Ladder::from_betas(std::vector<double> betas, ExitCode blame) {
  require(!betas.empty(), blame, "ladder has no rungs (at least beta = 1 is needed)");
  require(betas.back() == 1, blame,
          "last beta is {} (the last rung is the target) end the list with 1", betas.back());
  require(betas.front() >= 0, blame, "first beta is {} (betas lie in [0, 1])", betas.front());
  for (std::size_t i = 1; i < betas.size(); ++i)
    require(betas[i - 1] < betas[i], blame,
            "betas {} and {} are out of order ({} then {}) list them in ascending order", i - 1, i,
            betas[i - 1], betas[i]);
  Ladder ladder;
  ladder.betas_ = std::move(betas);
  return ladder;
}

Ladder Ladder::geometric(int rungs, double min_beta, PriorEnd prior_end) {
  if (rungs == 1) return {};
  const int extra = prior_end == PriorEnd::included ? 1 : 0;
  require(rungs >= 2 && rungs - extra >= 1, ExitCode::usage, "a ladder cannot have {} rungs",
          rungs);
  require(min_beta > 0 && min_beta < 1, ExitCode::usage,
          "min-beta is {} (the smallest beta above the prior) choose it between 0 and 1", min_beta);
  std::vector<double> betas;
  if (extra == 1) betas.push_back(0);
  const int steps = rungs - extra - 1;
  for (int i = 0; i < steps; ++i) betas.push_back(std::pow(min_beta, 1.0 - double(i) / steps));
  betas.push_back(1);
  return from_betas(std::move(betas));
}

Ladder Ladder::opaque(int rungs, PriorEnd prior_end) {
  require(rungs >= 1, ExitCode::usage, "a ladder cannot have {} rungs", rungs);
  const int first = prior_end == PriorEnd::included && rungs > 1 ? 0 : 1;
  std::vector<double> betas;
  for (int i = 0; i < rungs; ++i) betas.push_back(double(i + first) / (rungs - 1 + first));
  Ladder ladder = from_betas(std::move(betas));
  ladder.opaque_ = true;
  return ladder;
}

}  // namespace echelon
