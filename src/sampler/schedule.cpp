#include "echelon/sampler/schedule.hpp"

#include <algorithm>
#include <cmath>

#include "echelon/core/error.hpp"

namespace echelon {

Schedule::Schedule(int levels, double coldest, double curvature) {
  require(levels >= 1, ExitCode::usage,
          "an anneal of {} levels (at least 1 is needed) raise inner-steps", levels);
  for (int j = 0; j < levels; ++j) {
    const double even = static_cast<double>(j) / levels;
    const double share =
        curvature > 0 ? std::expm1(curvature * even) / std::expm1(curvature) : even;
    inverse_.push_back(coldest * share);
  }
  inverse_.push_back(coldest);
}

int Schedule::below(double t) const {
  require(t <= coldest(), ExitCode::internal,
          "inverse temperature {} beyond the end {} of the anneal", t, coldest());
  const auto above = std::lower_bound(inverse_.begin() + 1, inverse_.end(), t);
  return static_cast<int>(above - inverse_.begin()) - 1;
}

}  // namespace echelon
