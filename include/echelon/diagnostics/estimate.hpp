#pragma once

namespace echelon {

/// A number measured by Monte Carlo and the standard deviation of its error; NaN where undefined.
struct Estimate {
  double value = 0;
  double standard_error = 0;
};

}  // namespace echelon
