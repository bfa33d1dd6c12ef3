#pragma once

#include <span>
#include <vector>

#include "activations.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/model/network.hpp"
#include "echelon/parallel/partition.hpp"
#include "loss_sum.hpp"

namespace echelon {

/// From the last layer's values z[output][lane] to outputs, losses and 0-1 errors, one block of
/// samples at a time. Holds the labels or targets of a contiguous range of blocks, samples in the
/// given order.
///   squared, softmax   with the others' probabilities p_o and r = sum of them: r^2 + sum p_o^2,
///                      which does not cancel when the label's probability is near 1
///   cross-entropy      (M - z_label) + log1p(sum of exp(z_o - M) - 1), M the largest z
template <class Real>
class SampleLoss {
 public:
  SampleLoss(const Network& network, const Split& split, std::span<const int> order, Range blocks);

  /// The losses of block b's lanes, 0 where there is no sample, NaN when there are neither labels
  /// nor targets; z is scratch afterwards.
  void losses(int b, Real* z, Real* out) const;
  /// Adds them to the sum.
  void add(int b, Real* z, LossSum<Real>& sum) const;
  /// Replaces z by the slope of each sample's loss in it, zero for lanes that are no samples. Needs
  /// labels or targets. (output_slope.cpp)
  void slope(int b, Real* z) const;
  /// How many of block b's samples are misclassified by z. Needs labels.
  int errors(int b, const Real* z) const;
  bool has_labels() const { return truth_ == Truth::labels; }
  /// How many lanes of block b are samples.
  int lanes(int b) const;
  /// The network's output o for a sample, from its values z[0], z[stride] ...; in double.
  void outputs(const Real* z, double* to) const;
  /// The target of output `o` of a sample, one-hot for a label.
  double target(int b, int lane, int o) const;

 private:
  template <class OnPack>
  void each_pack(int b, Real* z, OnPack on_pack) const;

  enum class Truth { labels, targets, none };

  Output output_;
  Loss loss_;
  Truth truth_;
  int width_;
  int samples_;
  std::vector<Real> labels_;   // [block][lane], whole numbers
  std::vector<Real> targets_;  // [block][output][lane]
};

}  // namespace echelon
