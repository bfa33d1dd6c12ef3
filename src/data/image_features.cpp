#include "image_features.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

constexpr int directions = 8;
constexpr double wave_grid = 64;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Pixels of a row-major image, 0 around it.
struct Padded {
  std::span<const double> pixels;
  int height, width;
  double operator()(int row, int column) const {
    const bool inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? pixels[at(row * width + column)] : 0;
  }
};

double rounded(double value) { return std::min(255.0, std::floor(value + .5)); }

}  // namespace

ImageFeatures::ImageFeatures(const IdxFile& images, const DataOptions& options)
    : content_(options.content), count_(images.item_size()) {
  const int side = options.pool, windows = options.windows, waves = options.waves;
  if (content_ == ImageContent::pixels && side == 1 && windows == 0 && waves == 0) return;
  require(images.rank() == 3 && images.extent(1) % side == 0 && images.extent(2) % side == 0,
          ExitCode::data,
          "{}: items of {} values cannot be cut into squares of side {} (data.pool)", images.name(),
          images.item_size(), side);
  height_ = images.extent(1);
  width_ = images.extent(2);
  const auto fitting = [&](const char* key, int wanted, int height, int width) {
    require(wanted <= height && wanted <= width, ExitCode::data,
            "{}: {} x {} values are too few for data.{} = {} a side", images.name(), height, width,
            key, wanted);
    return wanted;
  };
  if (fitting("windows", windows, height_, width_) > 0)
    means_.emplace(windows_of(windows, height_), windows_of(windows, width_));
  else
    means_.emplace(squares_of(side, height_), squares_of(side, width_));
  weights_ = windows > 0 ? 1 : side * side;
  count_ = means_->size();
  if (fitting("waves", waves, means_->rows(), means_->columns()) > 0) {
    waves_.emplace(waves_of(waves, means_->rows()), waves_of(waves, means_->columns()));
    count_ = waves_->size();
  }
  if (content_ == ImageContent::edges) count_ *= directions;
}

std::span<const double> ImageFeatures::operator()(std::span<const std::uint8_t> pixels) {
  map_.assign(pixels.begin(), pixels.end());
  if (!means_) return map_;
  found_.clear();
  if (content_ == ImageContent::edges)
    find_edges();
  else
    for (const double mean : means()) found_.push_back(rounded(mean));
  if (waves_) find_waves();
  return found_;
}

std::span<const double> ImageFeatures::means() {
  result_.resize(at(means_->size()));
  (*means_)(map_, result_);
  for (double& value : result_) value /= weights_;
  return result_;
}

void ImageFeatures::find_edges() {
  const Padded image{map_, height_, width_};
  along_.clear();
  across_.clear();
  for (int r = 0; r < height_; ++r)
    for (int c = 0; c < width_; ++c) {
      const auto x = [&](int row) { return image(row, c + 1) - image(row, c - 1); };
      const auto y = [&](int column) { return image(r + 1, column) - image(r - 1, column); };
      along_.push_back((x(r - 1) + 2 * x(r) + x(r + 1)) / 4.0);
      across_.push_back((y(c - 1) + 2 * y(c) + y(c + 1)) / 4.0);
    }
  for (int direction = 0; direction < directions; ++direction) {
    const double angle = 2 * std::numbers::pi * direction / directions;
    const double cosine = std::cos(angle), sine = std::sin(angle);
    for (std::size_t i = 0; i < map_.size(); ++i)
      map_[i] = std::max(0.0, along_[i] * cosine + across_[i] * sine);
    for (const double mean : means()) found_.push_back(rounded(std::sqrt(255 * mean)));
  }
}

void ImageFeatures::find_waves() {
  const std::size_t values = at(means_->size());
  std::vector<double> waves;
  result_.resize(at(waves_->size()));
  for (std::size_t map = 0; map < found_.size(); map += values) {
    (*waves_)(std::span(found_).subspan(map, values), result_);
    for (const double wave : result_) waves.push_back(std::nearbyint(wave_grid * wave) / wave_grid);
  }
  found_ = std::move(waves);
}

}  // namespace echelon
