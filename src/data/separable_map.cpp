#include "separable_map.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

namespace echelon {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

template <class Weight>
AxisWeights tabulated(int numbers, int pixels, Weight weight) {
  AxisWeights result{numbers, pixels, {}};
  for (int number = 0; number < numbers; ++number)
    for (int pixel = 0; pixel < pixels; ++pixel) result.values.push_back(weight(number, pixel));
  return result;
}

}  // namespace

AxisWeights squares_of(int side, int pixels) {
  return tabulated(pixels / side, pixels, [=](int square, int pixel) {
    return pixel / side == square ? 1.0 : 0.0;
  });
}

AxisWeights windows_of(int windows, int pixels) {
  const double distance = static_cast<double>(pixels) / windows;
  const auto gaussian = [=](int window, int pixel) {
    const double from_centre = (pixel + .5) / distance - (window + .5);
    return std::exp(-2 * from_centre * from_centre);
  };
  return tabulated(windows, pixels, [=](int window, int pixel) {
    double sum = 0;
    for (int other = 0; other < pixels; ++other) sum += gaussian(window, other);
    return gaussian(window, pixel) / sum;
  });
}

AxisWeights waves_of(int waves, int pixels) {
  return tabulated(waves, pixels, [=](int wave, int pixel) {
    return std::sqrt((wave == 0 ? 1.0 : 2.0) / pixels) *
           std::cos(std::numbers::pi * (2 * pixel + 1) * wave / (2 * pixels));
  });
}

SeparableMap::SeparableMap(AxisWeights down, AxisWeights along)
    : down_(std::move(down)),
      along_(std::move(along)),
      half_(at(down_.pixels * along_.numbers)) {}

void SeparableMap::operator()(std::span<const double> image, std::span<double> result) {
  for (int r = 0; r < down_.pixels; ++r)
    for (int v = 0; v < along_.numbers; ++v) {
      double sum = 0;
      for (int c = 0; c < along_.pixels; ++c)
        sum += image[at(r * along_.pixels + c)] * along_.values[at(v * along_.pixels + c)];
      half_[at(r * along_.numbers + v)] = sum;
    }
  for (int u = 0; u < down_.numbers; ++u)
    for (int v = 0; v < along_.numbers; ++v) {
      double sum = 0;
      for (int r = 0; r < down_.pixels; ++r)
        sum += half_[at(r * along_.numbers + v)] * down_.values[at(u * down_.pixels + r)];
      result[at(u * along_.numbers + v)] = sum;
    }
}

}  // namespace echelon
