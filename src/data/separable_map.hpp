#pragma once

#include <span>
#include <vector>

namespace echelon {

/// Weights of an axis of pixels in fewer numbers, [number][pixel].
struct AxisWeights {
  int numbers, pixels;
  std::vector<double> values;
};

/// 1 for the `side` pixels of each square, which share no pixel.
AxisWeights squares_of(int side, int pixels);
/// So many Gaussian windows at equal distances h = pixels / windows, the first at h / 2 from the
/// edge, of standard deviation h / 2; the weights of each add up to 1.
AxisWeights windows_of(int windows, int pixels);
/// So many of the longest cosine waves, the first rows of the orthonormal cosine transform (DCT-II;
/// Ahmed, Natarajan and Rao, IEEE Trans. Computers C-23:90, 1974):
///     s_u cos(pi (2 i + 1) u / (2 pixels)), s_0 = sqrt(1 / pixels), else s_u = sqrt(2 / pixels).
AxisWeights waves_of(int waves, int pixels);

/// The linear map y_uv = sum_rc down_ur along_vc x_rc of a row-major image x.
class SeparableMap {
 public:
  SeparableMap(AxisWeights down, AxisWeights along);

  int rows() const { return down_.numbers; }
  int columns() const { return along_.numbers; }
  int size() const { return rows() * columns(); }
  void operator()(std::span<const double> image, std::span<double> result);

 private:
  AxisWeights down_, along_;
  std::vector<double> half_;  ///< [column of the result][row of the image]
};

}  // namespace echelon
