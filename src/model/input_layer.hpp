#pragma once

#include <cstdint>
#include <vector>

#include "activations.hpp"
#include "echelon/core/matrix.hpp"
#include "echelon/model/network.hpp"
#include "echelon/parallel/partition.hpp"
#include "input_data.hpp"

namespace echelon {

/// The first layer for one choice of its weights. Every output is the sum over its group's list of
/// features, in the list's order, whichever kernel computes it:
///   tiles   many rows x the 32 samples of two groups in registers, over the features that both
///           begin with, then over the rest of either
///   row     one row for the block's four groups side by side
template <class Real>
class InputLayer {
 public:
  /// Prepares the given rows of w (rows x features). The data must outlive it.
  InputLayer(const InputData& data, const Matrix<Real>& w, Range rows, BufferPool<Real>& pool);

  /// The rows of phi(W x) for one block of the data: out[row - rows.begin][lane].
  void apply(int block, Activation activation, Real* out) const;

 private:
  using Buffer = typename BufferPool<Real>::Buffer;

  /// `next`, if not null, will likely be asked for next.
  void apply_tiles(const InputBlock& block, const InputBlock* next, Activation activation,
                   Real* out) const;
  void fetch(const InputBlock& block, int group) const;
  template <Coding coding>
  void apply_row(const InputBlock& block, Activation activation, Real* out) const;
  template <Coding coding>
  void unpack(const InputBlock& block, int group, Real* values, std::int32_t* offsets) const;

  const InputData* data_;
  int rows_;
  Buffer weights_;  // times the scale: [tile][feature][row of tile], of a row just [feature]
  // Scratch of apply(), for two groups at a time.
  Buffer values_;                              // [side][feature of list][lane]
  mutable std::vector<std::int32_t> offsets_;  // [side][feature of list]
};

}  // namespace echelon
