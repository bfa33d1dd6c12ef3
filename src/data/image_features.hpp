#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cosine_waves.hpp"
#include "echelon/data/dataset.hpp"
#include "idx.hpp"

namespace echelon {

/// What an image of bytes becomes before a network sees it. Fixed beforehand, so that a prior on
/// the weights behind it stays free of the data. Per square of `pool` pixels a side:
///     pixels:  the mean, rounded;
///     edges:   for the directions t = 0, 45, .. 315 degrees 255 sqrt(m_t / 255), rounded, at most
///     255,
///              m_t = mean of max(0, gx cos t + gy sin t), (gx, gy) the Sobel gradient over 4 with
///              0 around the image (after Dalal and Triggs, CVPR 2005, without normalisation);
///              squares fastest, then directions.
/// With `waves`, in the place of each map of squares (the pixels', or one for each direction) its
/// longest waves a side (cosine_waves.hpp).
class ImageFeatures {
 public:
  /// Error(data) when the images cannot be cut into such squares or have fewer than `waves` a side.
  ImageFeatures(const IdxFile& images, const DataOptions& options);

  int count() const { return count_; }
  /// The features of `pixels`; valid until the next call.
  std::span<const double> operator()(std::span<const std::uint8_t> pixels);

 private:
  int width() const { return columns_ * side_; }
  /// Sums `values` (one per pixel) over each square.
  void add_up(std::span<const double> values, std::span<double> squares) const;
  void pool(std::span<const std::uint8_t> pixels);
  void find_edges(std::span<const std::uint8_t> pixels);
  void find_waves();

  ImageContent content_;
  int side_;
  int count_;
  int rows_ = 0, columns_ = 0;  // of squares
  std::optional<CosineWaves> waves_;
  std::vector<double> found_, coefficients_;
  std::vector<double> along_, across_, strength_, squares_;  // scratch
};

}  // namespace echelon
