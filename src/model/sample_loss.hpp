#pragma once

#include <span>
#include <vector>

#include "activations.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/model/network.hpp"

namespace echelon {

/// From the last layer's values z to outputs, losses and 0-1 errors, a block at a time. Holds the
/// labels or targets of a contiguous range of blocks of the samples.
template <class Real>
class SampleLoss {
 public:
  SampleLoss(const Network& network, const Split& split, int first_block, int blocks);

  /// Sum over block b's samples of the loss of z[output][lane].
  double sum(int b, const Real* z) const;
  /// How many of block b's samples are misclassified by z. Needs labels.
  int errors(int b, const Real* z) const;
  bool has_labels() const { return labelled_; }
  int lanes(int b) const;
  /// z becomes the network's outputs, in place.
  void outputs(Real* z) const;
  /// The target of output `o` of a sample, one-hot for a label.
  double target(int b, int lane, int o) const;

 private:
  Output output_;
  Loss loss_;
  int width_;
  bool labelled_;  // the data's property: a rank without samples must know it too
  int samples_;
  std::vector<int> labels_;    // [block][lane]
  std::vector<Real> targets_;  // [block][output][lane]
};

}  // namespace echelon
