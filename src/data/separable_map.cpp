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

/// Every row of pixels in fewer numbers, transposed: result[number][row].
void contract(const AxisWeights& weights, std::span<const double> image, std::span<double> result) {
  const int rows = static_cast<int>(image.size()) / weights.pixels;
  for (int number = 0; number < weights.numbers; ++number)
    for (int row = 0; row < rows; ++row) {
      double sum = 0;
      for (int pixel = 0; pixel < weights.pixels; ++pixel)
        sum += image[at(row * weights.pixels + pixel)] *
               weights.values[at(number * weights.pixels + pixel)];
      result[at(number * rows + row)] = sum;
    }
}

}  // namespace

AxisWeights squares_of(int side, int pixels) {
  return tabulated(pixels / side, pixels,
                   [=](int square, int pixel) { return pixel / side == square ? 1.0 : 0.0; });
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
    : down_(std::move(down)), along_(std::move(along)), half_(at(down_.pixels * along_.numbers)) {}

void SeparableMap::operator()(std::span<const double> image, std::span<double> result) {
  contract(along_, image, half_);
  contract(down_, half_, result);
}

}  // namespace echelon
