#pragma once

#include "activations.hpp"
#include "echelon/core/matrix.hpp"
#include "echelon/model/network.hpp"

namespace echelon {

/// Rows first .. first+rows-1 of phi(W x) for one block x: out[row - first][lane]. Every output is
/// the sum over inputs in order, so its bits do not depend on the tiling or on which rows are
/// asked.
template <class Real>
void dense_block(const BlockView<Real>& in, const Matrix<Real>& w, int first, int rows,
                 Activation activation, Real* out);

}  // namespace echelon
