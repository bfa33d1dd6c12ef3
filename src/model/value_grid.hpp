#pragma once

#include "echelon/core/matrix.hpp"

namespace echelon {

/// The scale of which every value is a whole multiple 0..255, each within `tolerance` relative; 0
/// when there is none. Tried: the smallest value but zero, and the largest / 255.
double grid_scale(const Matrix<float>& values, double tolerance);

}  // namespace echelon
