#pragma once

#include <functional>

#include "echelon/core/matrix.hpp"
#include "echelon/model/hidden_moments.hpp"
#include "echelon/parallel/communicator.hpp"

namespace echelon {

struct GramShape {
  int samples;  ///< of all ranks
  int blocks;   ///< of this rank
  int hidden;
  int outputs;
};

/// Fills the columns of one local block: h_i and y_i of its samples.
using GramBlock = std::function<void(int block, Matrix<double>& hidden, Matrix<double>& targets)>;

/// The moments of all samples of the team. Each block's products are rounded to a common
/// fixed-point grid (about 2^-55 of the largest possible sum) and added as integers, so that the
/// bits depend on the blocks alone, not on who holds them. NaN throughout when an activation is not
/// finite. Collective.
HiddenMoments gram(const Communicator& team, GramShape shape, const GramBlock& block);

}  // namespace echelon
