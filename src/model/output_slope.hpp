#pragma once

#include "activations.hpp"
#include "echelon/core/matrix.hpp"
#include "echelon/model/network.hpp"

namespace echelon {

/// Adds sum over lanes of dz[output][lane] h[unit][lane] to the (outputs x units) sums: what one
/// block of samples adds to the slope of a loss in the last layer's weights. Products and sums over
/// the block are in Real. Lanes that are no samples must have dz = 0.
template <class Real>
void add_slope(const BlockView<Real>& h, const Real* dz, Matrix<double>& sums);

/// What the slope dz[output][lane] of a loss in what a layer's units get makes of that in what the
/// units before it get: out[unit][lane] = phi'(unit) sum over outputs of w(output, unit)
/// dz[output][lane], where `h` is what enters the layer. phi' of ReLU at 0 is 0.
template <class Real>
void propagate_back(const BlockView<Real>& h, const Matrix<Real>& w, const Real* dz,
                    Activation activation, Real* out);

}  // namespace echelon
