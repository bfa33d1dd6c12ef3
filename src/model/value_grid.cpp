#include "value_grid.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace echelon {

namespace {

constexpr int largest_code = 255;

bool on_grid(const Matrix<float>& values, double scale, double tolerance) {
  return std::all_of(values.data(), values.data() + values.size(), [=](float x) {
    const auto value = static_cast<double>(x);
    const double code = std::nearbyint(value / scale);
    return code <= largest_code && std::abs(code * scale - value) <= tolerance * value;
  });
}

}  // namespace

double grid_scale(const Matrix<float>& values, double tolerance) {
  double smallest = std::numeric_limits<double>::infinity();
  double largest = 0;
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    const auto value = static_cast<double>(values.data()[i]);
    if (value == 0) continue;
    if (!(value > 0) || !std::isfinite(value)) return 0;
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
  }
  if (largest == 0) return 1;
  for (double scale : {smallest, largest / largest_code})
    if (on_grid(values, scale, tolerance)) return scale;
  return 0;
}

}  // namespace echelon
