#pragma once

#include <span>
#include <vector>

namespace echelon {

/// The longest waves of a map of rows x columns values, coefficients of the orthonormal cosine
/// transform (DCT-II; Ahmed, Natarajan and Rao, IEEE Trans. Computers C-23:90, 1974): for u, v = 0
/// .. waves - 1
///     c_uv = s_u s_v sum_rc x_rc cos(pi (2 r + 1) u / (2 rows)) cos(pi (2 c + 1) v / (2 columns)),
///     s_0 = 1 / sqrt(rows), s_u = sqrt(2 / rows), and likewise for columns.
/// Not longer than the map, as a vector.
class CosineWaves {
 public:
  /// At most as many waves as the map has rows, and columns.
  CosineWaves(int rows, int columns, int waves);

  /// Row-major, as the result; each rounded to 1/64, so that all machines find the same.
  void operator()(std::span<const double> map, std::span<double> coefficients);

 private:
  int rows_, columns_, waves_;
  std::vector<double> down_, along_;  ///< [wave][row] and [wave][column]
  std::vector<double> half_;          ///< [row][wave], transformed along the rows
};

}  // namespace echelon
