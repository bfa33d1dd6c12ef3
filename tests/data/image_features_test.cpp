// What images become before a network sees them.

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>

#include "idx_pair.hpp"

namespace echelon {
namespace {

/// Other images in the file `a`, seen at a scale of 1.
class ImageFeatures : public Idx {
 protected:
  ImageFeatures() { options_.pixel_scale = 1; }
};

TEST_F(ImageFeatures, PoolAveragesSquares) {
  write_file(folder_ / "a", idx({5, 4, 2}, counting(40)));
  options_.pool = 2;
  const auto data = load(options_);
  ASSERT_EQ(data.train.features, 2);
  for (int i = 0; i < 5; ++i) {  // means of 8i + {0, 1, 2, 3} and of 8i + {4, 5, 6, 7}, rounded
    EXPECT_EQ(data.train.inputs(0, i), 8 * i + 2);
    EXPECT_EQ(data.train.inputs(1, i), 8 * i + 6);
  }
}

/// A ramp down the rows: everywhere inside, the gradient is 10 a row and 0 along one; 2 x 2
/// squares.
TEST_F(ImageFeatures, EdgesAreGradientsByDirection) {
  std::string pixels;
  for (int i = 0; i < 5; ++i)
    for (int row = 0; row < 6; ++row) pixels.append(6, static_cast<char>(10 * row));
  write_file(folder_ / "a", idx({5, 6, 6}, pixels));
  options_.content = ImageContent::edges;
  options_.pool = 2;
  const auto data = load(options_);
  ASSERT_EQ(data.train.features, 8 * 9);
  const int middle = 4;  // of the 3 x 3 squares
  // (gx, gy) = (0, 20): 20 sin t where that is positive, at t = 45, 90 and 135 degrees.
  const double strength[] = {0, 20 * std::sqrt(.5), 20, 20 * std::sqrt(.5), 0, 0, 0, 0};
  for (int direction = 0; direction < 8; ++direction)
    EXPECT_EQ(data.train.inputs(9 * direction + middle, 3),
              std::round(std::sqrt(255 * strength[direction])))
        << direction;
  // The image ends on a dark surrounding: 40 to nothing below the last row, over two pixels' (0,
  // -40).
  const double last = (20.0 + 0) / 2, below = 40.0 / 2;
  EXPECT_EQ(data.train.inputs(9 * 2 + 7, 0), std::round(std::sqrt(255 * last)));
  EXPECT_EQ(data.train.inputs(9 * 6 + 7, 0), std::round(std::sqrt(255 * below)));
}

/// Windows are Gaussian, their weights add up to 1, and they are as far apart as twice their width.
TEST_F(ImageFeatures, WindowsAverage) {
  constexpr int side = 9, windows = 3;
  std::string image(side * side, '\0');
  image[4 * side + 4] = static_cast<char>(200);  // in the middle of the middle window
  const std::string flat(side * side, static_cast<char>(50));
  write_file(folder_ / "a", idx({5, side, side}, image + flat + image + flat + image));
  options_.windows = windows;
  const auto means = load(options_).train.inputs;
  ASSERT_EQ(means.rows(), windows * windows);
  for (int window = 0; window < windows * windows; ++window) EXPECT_EQ(means(window, 1), 50);
  const auto weight = [](double from_centre) {
    double all = 0;
    for (int pixel = -4; pixel <= 4; ++pixel) all += std::exp(-pixel * pixel / (2 * 1.5 * 1.5));
    return std::exp(-from_centre * from_centre / (2 * 1.5 * 1.5)) / all;
  };
  EXPECT_EQ(means(4, 0), std::round(200 * weight(0) * weight(0)));
  EXPECT_GT(means(1, 0), 0);
  EXPECT_EQ(means(1, 0), means(3, 0));
  EXPECT_EQ(means(1, 0), means(7, 0));
}

/// As many waves as pixels keep lengths and products; fewer are the first of them.
TEST_F(ImageFeatures, WavesAreAnOrthonormalBasis) {
  constexpr int side = 4;
  write_file(folder_ / "a", idx({5, side, side}, counting(5 * side * side, 7)));
  const auto pixels = load(options_).train.inputs;
  options_.waves = side;
  const auto all = load(options_).train.inputs;
  for (int i = 0; i < 5; ++i)
    for (int j = 0; j < 5; ++j)
      EXPECT_NEAR(all.col(i).dot(all.col(j)), pixels.col(i).dot(pixels.col(j)),
                  1e-3 * pixels.col(i).squaredNorm());
  EXPECT_NEAR(all(0, 0), pixels.col(0).sum() / side, 1. / 64);
  options_.waves = 2;
  const auto few = load(options_).train.inputs;
  ASSERT_EQ(few.rows(), 4);
  for (int u = 0; u < 2; ++u)
    for (int v = 0; v < 2; ++v) EXPECT_EQ(few.row(2 * u + v), all.row(side * u + v));
}

/// A map that is a wave has that coefficient alone.
TEST_F(ImageFeatures, WavesOfAWaveAreItself) {
  constexpr int side = 8;
  std::string image;
  for (int r = 0; r < side; ++r)  // 100 + 50 cos(2 pi (2r + 1) / 16): the constant and u = 2
    image.append(side, static_cast<char>(std::lround(
                           100 + 50 * std::cos(std::numbers::pi * (2 * r + 1) * 2 / (2 * side)))));
  write_file(folder_ / "a", idx({5, side, side}, image + image + image + image + image));
  options_.waves = 4;
  const auto waves = load(options_).train.inputs;
  for (int u = 0; u < 4; ++u)
    for (int v = 0; v < 4; ++v) {
      const double expected = v > 0    ? 0
                              : u == 0 ? 100. * side
                              : u == 2 ? 50 * side / std::sqrt(2)
                                       : 0;
      EXPECT_NEAR(waves(4 * u + v, 1), expected, 2) << u << v;
    }
}

/// Each direction's map has its own.
TEST_F(ImageFeatures, WavesOfEdges) {
  write_file(folder_ / "a", idx({5, 6, 6}, counting(5 * 36, 101)));
  options_.content = ImageContent::edges;
  options_.pool = 2;
  const auto edges = load(options_).train.inputs;
  options_.waves = 1;
  const auto means = load(options_).train.inputs;
  ASSERT_EQ(means.rows(), 8);
  for (int direction = 0; direction < 8; ++direction)
    EXPECT_NEAR(means(direction, 4), edges.col(4).segment(9 * direction, 9).sum() / 3, 1. / 64);
}

}  // namespace
}  // namespace echelon
