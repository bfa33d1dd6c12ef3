#include "image_features.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

constexpr int directions = 8;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Pixels of a row-major image, 0 around it.
struct Padded {
  std::span<const std::uint8_t> pixels;
  int height, width;
  int operator()(int row, int column) const {
    const bool inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? pixels[at(row * width + column)] : 0;
  }
};

double rounded(double value) { return std::min(255.0, std::floor(value + .5)); }

}  // namespace

ImageFeatures::ImageFeatures(const IdxFile& images, const DataOptions& options)
    : content_(options.content), side_(options.pool), count_(images.item_size()) {
  if (content_ == ImageContent::pixels && side_ == 1 && options.waves == 0) return;
  require(images.rank() == 3 && images.extent(1) % side_ == 0 && images.extent(2) % side_ == 0,
          ExitCode::data,
          "{}: items of {} values cannot be cut into squares of side {} (data.pool)", images.name(),
          images.item_size(), side_);
  rows_ = images.extent(1) / side_;
  columns_ = images.extent(2) / side_;
  squares_.resize(at(rows_ * columns_));
  const int maps = content_ == ImageContent::edges ? directions : 1;
  count_ = maps * rows_ * columns_;
  if (options.waves == 0) return;
  require(options.waves <= rows_ && options.waves <= columns_, ExitCode::data,
          "{}: {} x {} squares have no {} waves a side (data.waves)", images.name(), rows_,
          columns_, options.waves);
  waves_.emplace(rows_, columns_, options.waves);
  count_ = maps * options.waves * options.waves;
}

std::span<const double> ImageFeatures::operator()(std::span<const std::uint8_t> pixels) {
  found_.clear();
  if (content_ == ImageContent::edges)
    find_edges(pixels);
  else if (side_ > 1)
    pool(pixels);
  else
    found_.assign(pixels.begin(), pixels.end());
  if (!waves_) return found_;
  find_waves();
  return coefficients_;
}

void ImageFeatures::add_up(std::span<const double> values, std::span<double> squares) const {
  std::fill(squares.begin(), squares.end(), 0.0);
  for (int row = 0; row < rows_ * side_; ++row)
    for (int column = 0; column < width(); ++column)
      squares[at(row / side_ * columns_ + column / side_)] += values[at(row * width() + column)];
}

void ImageFeatures::pool(std::span<const std::uint8_t> pixels) {
  strength_.assign(pixels.begin(), pixels.end());
  add_up(strength_, squares_);
  for (const double sum : squares_) found_.push_back(rounded(sum / (side_ * side_)));
}

void ImageFeatures::find_edges(std::span<const std::uint8_t> pixels) {
  const Padded image{pixels, rows_ * side_, width()};
  along_.clear();
  across_.clear();
  for (int r = 0; r < image.height; ++r)
    for (int c = 0; c < image.width; ++c) {
      const auto x = [&](int row) { return image(row, c + 1) - image(row, c - 1); };
      const auto y = [&](int column) { return image(r + 1, column) - image(r - 1, column); };
      along_.push_back((x(r - 1) + 2 * x(r) + x(r + 1)) / 4.0);
      across_.push_back((y(c - 1) + 2 * y(c) + y(c + 1)) / 4.0);
    }
  strength_.resize(pixels.size());
  for (int direction = 0; direction < directions; ++direction) {
    const double angle = 2 * std::numbers::pi * direction / directions;
    const double cosine = std::cos(angle), sine = std::sin(angle);
    for (std::size_t i = 0; i < strength_.size(); ++i)
      strength_[i] = std::max(0.0, along_[i] * cosine + across_[i] * sine);
    add_up(strength_, squares_);
    for (const double sum : squares_)
      found_.push_back(rounded(std::sqrt(255 * sum / (side_ * side_))));
  }
}

void ImageFeatures::find_waves() {
  const std::size_t maps = found_.size() / squares_.size();
  coefficients_.resize(at(count_));
  const std::size_t each = coefficients_.size() / maps;
  for (std::size_t map = 0; map < maps; ++map)
    (*waves_)(std::span(found_).subspan(map * squares_.size(), squares_.size()),
              std::span(coefficients_).subspan(map * each, each));
}

}  // namespace echelon
