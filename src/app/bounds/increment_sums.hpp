#pragma once

#include <vector>

#include "setting.hpp"

namespace echelon {

/// Sums over draws of the squared increments b_k(w)^2 (diagnostics/links.hpp), at one Lipschitz
/// constant: by layer, by the links of the run's temperatures, and with all layers merged.
struct IncrementSums {
  std::vector<double> layers;
  std::vector<Link> links;   ///< mean_square holds the sum
  std::vector<Link> merged;  ///< likewise, one link

  explicit IncrementSums(const BoundsSetting& setting);
  /// One draw.
  void add(const BoundsSetting& setting, double lipschitz, const SpectralNorms& norms);
};

}  // namespace echelon
