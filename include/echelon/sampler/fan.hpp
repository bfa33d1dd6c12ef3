#pragma once

#include <vector>

#include "echelon/sampler/last_layer.hpp"

namespace echelon {

/// Several paths under the same deeper weights; the loss they stand for is sum_j weight_j L_j.
template <LayeredLoss Model>
struct Fan {
  std::vector<double> weight;
  std::vector<std::vector<typename Model::Branch>> entering;  ///< [layer][path]
  std::vector<double> loss;                                   ///< per path
  /// Of `loss` in W_last, where known: whoever changes branches or weights clears it.
  std::vector<Slope> slope = {};

  std::size_t size() const { return weight.size(); }
  Mixture<Model> mixture() {
    slope.resize(size());
    return {entering.back(), weight, loss, slope};
  }
};

}  // namespace echelon
