#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sparse_samples.hpp"

namespace echelon {

using FeatureList = std::vector<std::int32_t>;

/// Lists of the features that are not zero in all of a group of samples. All lists go by one order
/// of the features, the most frequently non-zero first, so that a sample's sum over a list has the
/// same bits whatever other samples the group holds: they only add zeros to it.
class FeatureLists {
 public:
  explicit FeatureLists(const SparseSamples& inputs);

  FeatureList of(std::span<const int> samples) const;

  /// Makes two lists begin with the same features, up to a place in the order; returns how many.
  /// What only one of them listed so far costs zeros in the other; the place is where the kernels'
  /// work (input_layer.hpp) is least.
  std::int32_t share(FeatureList& a, FeatureList& b) const;

 private:
  const SparseSamples* inputs_;
  FeatureList order_;
  std::vector<std::int32_t> place_;  // of a feature in the order
};

}  // namespace echelon
