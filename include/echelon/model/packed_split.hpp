#pragma once

#include <memory>

#include "echelon/data/dataset.hpp"
#include "echelon/parallel/communicator.hpp"

namespace echelon {

class InputData;
template <class Scalar>
class NetworkLoss;

/// The samples of one split in the form that kernels in Real read: inputs packed once for a node,
/// in memory its ranks share, and each rank's own labels or targets. A handle: copies share the
/// inputs and their order, so that of several losses on them only the one that reordered them last
/// can be used (Error(internal) from the others).
template <class Real>
class PackedSplit {
 public:
  /// Collective over the node; reads split.inputs (features x samples) on its leader only.
  PackedSplit(const Split& split, const Communicator& node);

 private:
  friend class NetworkLoss<Real>;

  Split answers_;  ///< the split without its inputs
  std::shared_ptr<InputData> inputs_;
};

}  // namespace echelon
