#pragma once

#include <cstddef>

#include "activations.hpp"
#include "echelon/core/matrix.hpp"
#include "echelon/model/network.hpp"

namespace echelon {

/// The slope of a loss in the weights of a layer behind the first, sum over samples of dz h', where
/// h enters the layer and dz is the loss's slope in what its units get. Products and sums are in
/// Real, lane by lane of all blocks.
template <class Real>
class OutputSlope {
 public:
  OutputSlope(int outputs, int units, BufferPool<Real>& pool);

  void clear();
  /// Adds what one block brings; dz[output][lane], 0 in lanes that are no samples.
  void add(const BlockView<Real>& h, const Real* dz);
  /// Writes the sum as (outputs x units); returns the place after it.
  double* read(double* to) const;

 private:
  std::ptrdiff_t place(int output, int unit) const;
  std::ptrdiff_t sums() const;

  int outputs_, units_;
  typename BufferPool<Real>::Buffer
      sum_;  // [tile of units][tile of outputs][unit][output][lane of pack]
};

/// What the slope dz[output][lane] of a loss in what a layer's units get makes of that in what the
/// units before it get: out[unit][lane] = phi'(unit) sum over outputs of w(output, unit)
/// dz[output][lane], where `h` is what enters the layer and `turned` is w'. phi' of ReLU at 0 is 0.
template <class Real>
void propagate_back(const BlockView<Real>& h, const Matrix<Real>& turned, const Real* dz,
                    Activation activation, Real* out);

}  // namespace echelon
