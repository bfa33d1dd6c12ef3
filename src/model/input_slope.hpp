#pragma once

#include <cstddef>

#include "activations.hpp"
#include "input_data.hpp"

namespace echelon {

/// The slope of a loss in the first layer's weights, sum over samples of dz x', where dz is its
/// slope in what the layer's units get. Products and sums are in Real, feature by feature over the
/// samples that list it; the order depends on the data alone.
template <class Real>
class InputSlope {
 public:
  /// The data must outlive it.
  InputSlope(const InputData& data, int rows, BufferPool<Real>& pool);

  void clear();
  /// Adds what one block of the data brings; dz[row][lane], 0 in lanes that are no samples.
  void add(int block, const Real* dz);
  /// Writes the sum as (rows x features); returns the place after it.
  double* read(double* to) const;

 private:
  std::size_t sums() const;
  template <Coding coding>
  void add_coded(const InputBlock& block);
  void turn(const Real* dz);

  const InputData* data_;
  int rows_;
  int packs_;  // of rows
  using Buffer = typename BufferPool<Real>::Buffer;
  Buffer sum_;     // [feature][row], in codes
  Buffer dz_;      // [group of block][pack of rows][lane of group][row of pack]
  Buffer values_;  // [feature of list][lane], of a group
};

}  // namespace echelon
