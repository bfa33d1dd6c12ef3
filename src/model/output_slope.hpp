#pragma once

#include "activations.hpp"
#include "echelon/core/matrix.hpp"

namespace echelon {

/// Adds sum over lanes of dz[output][lane] h[unit][lane] to the (outputs x units) sums: what one
/// block of samples adds to the slope of a loss in the last layer's weights. Products and sums over
/// the block are in Real. Lanes that are no samples must have dz = 0.
template <class Real>
void add_slope(const BlockView<Real>& h, const Real* dz, Matrix<double>& sums);

}  // namespace echelon
