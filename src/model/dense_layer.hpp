#pragma once

#include "activations.hpp"
#include "echelon/core/matrix.hpp"
#include "echelon/model/network.hpp"
#include "echelon/parallel/partition.hpp"

namespace echelon {

/// The given rows of phi(W x) for one block x: out[row - rows.begin][lane]. Every output is the sum
/// over inputs in order, so its bits do not depend on the tiling or on which rows are asked.
/// Fetches the block that will be asked for next into the cache.
template <class Real>
void dense_block(const BlockView<Real>& in, const Matrix<Real>& w, Range rows,
                 Activation activation, Real* out, int blocks_to_next);

}  // namespace echelon
