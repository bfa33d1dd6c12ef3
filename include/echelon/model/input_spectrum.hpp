#pragma once

#include <vector>

#include "echelon/core/matrix.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/parallel/communicator.hpp"

namespace echelon {

/// Second moments of the training inputs, sum_i x_i x_i' = V diag(l) V': along which directions a
/// unit's weights are bound by the data. Proposals may follow them, since a kernel that leaves a
/// law invariant may know the data; the prior must not.
struct InputSpectrum {
  Matrix<double> directions;  ///< V, features x features; empty: not known
  std::vector<double> share;  ///< l / max l
};

/// Of a data set's training inputs, computed by the world's root; the same on every rank.
/// Collective.
InputSpectrum input_spectrum(const Split& split, const Communicator& world);

}  // namespace echelon
