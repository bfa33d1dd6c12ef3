#pragma once

namespace echelon {

/// The p-quantile of the standard normal distribution, 0 < p < 1, to a few units in the last place.
double normal_quantile(double p);

}  // namespace echelon
