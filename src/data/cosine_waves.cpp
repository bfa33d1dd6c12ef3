#include "cosine_waves.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace echelon {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::vector<double> basis(int waves, int length) {
  std::vector<double> result;
  for (int u = 0; u < waves; ++u)
    for (int i = 0; i < length; ++i)
      result.push_back(std::sqrt((u == 0 ? 1.0 : 2.0) / length) *
                       std::cos(std::numbers::pi * (2 * i + 1) * u / (2 * length)));
  return result;
}

}  // namespace

CosineWaves::CosineWaves(int rows, int columns, int waves)
    : rows_(rows),
      columns_(columns),
      waves_(waves),
      down_(basis(waves, rows)),
      along_(basis(waves, columns)),
      half_(at(rows * waves)) {}

void CosineWaves::operator()(std::span<const double> map, std::span<double> coefficients) {
  constexpr double grid = 64;
  for (int r = 0; r < rows_; ++r)
    for (int v = 0; v < waves_; ++v) {
      double sum = 0;
      for (int c = 0; c < columns_; ++c)
        sum += map[at(r * columns_ + c)] * along_[at(v * columns_ + c)];
      half_[at(r * waves_ + v)] = sum;
    }
  for (int u = 0; u < waves_; ++u)
    for (int v = 0; v < waves_; ++v) {
      double sum = 0;
      for (int r = 0; r < rows_; ++r) sum += half_[at(r * waves_ + v)] * down_[at(u * rows_ + r)];
      coefficients[at(u * waves_ + v)] = std::nearbyint(grid * sum) / grid;
    }
}

}  // namespace echelon
