#pragma once

#include "activations.hpp"
#include "echelon/core/matrix.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/model/network.hpp"
#include "echelon/parallel/communicator.hpp"
#include "echelon/parallel/shared_buffer.hpp"

namespace echelon {

/// The inputs of all samples, packed once per node for the first layer's kernels.
template <class Real>
class InputData {
 public:
  /// Collective over the node; reads split.inputs on its leader only.
  InputData(const Split& split, const Communicator& node);

  /// Rows first .. first+rows-1 of phi(W x) for block `b` of all blocks, as dense_block.
  void apply(int b, const Matrix<Real>& w, int first, int rows, Activation activation,
             Real* out) const;

 private:
  int features_;
  SharedBuffer memory_;
};

}  // namespace echelon
