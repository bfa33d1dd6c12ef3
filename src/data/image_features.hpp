#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "echelon/data/dataset.hpp"
#include "idx.hpp"
#include "separable_map.hpp"

namespace echelon {

/// What an image of bytes becomes before a network sees it. Fixed beforehand, so that a prior on
/// the weights behind it stays free of the data. Per square of `pool` pixels a side, or per
/// Gaussian window of `windows` a side (separable_map.hpp):
///     pixels:  the mean, rounded;
///     edges:   for the directions t = 0, 45, .. 315 degrees 255 sqrt(m_t / 255), rounded, at most
///     255,
///              m_t = mean of max(0, gx cos t + gy sin t), (gx, gy) the Sobel gradient over 4 with
///              0 around the image (after Dalal and Triggs, CVPR 2005, without normalisation);
///              squares fastest, then directions.
/// With `waves`, in the place of each such map (the pixels', or one for each direction) so many of
/// its longest cosine waves a side, in multiples of 1/64, so that all machines find the same.
class ImageFeatures {
 public:
  /// Error(data) when the images cannot be cut into such squares or have fewer pixels than windows
  /// or waves a side.
  ImageFeatures(const IdxFile& images, const DataOptions& options);

  int count() const { return count_; }
  /// The features of `pixels`; valid until the next call.
  std::span<const double> operator()(std::span<const std::uint8_t> pixels);

 private:
  void find_edges();
  void find_waves();
  /// Of map_ over each square or window.
  std::span<const double> means();

  ImageContent content_;
  int count_;
  int height_ = 0, width_ = 0;  ///< of images that are more than a list of pixels
  int weights_ = 1;             ///< sum of the weights in a mean
  std::optional<SeparableMap> means_, waves_;
  std::vector<double> map_;     ///< by pixel
  std::vector<double> result_;  ///< of a separable map
  std::vector<double> found_;
  std::vector<double> along_, across_;  ///< gradients
};

}  // namespace echelon
