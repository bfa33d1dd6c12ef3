#include "monotone_cubic.hpp"

#include <algorithm>
#include <cmath>

namespace echelon {

namespace {

// Slope at an end from the two nearest secants, limited so that the first piece stays monotone.
double end_slope(double width, double next_width, double secant, double next_secant) {
  const double slope =
      ((2 * width + next_width) * secant - width * next_secant) / (width + next_width);
  if (slope * secant <= 0) return 0;
  if (secant * next_secant <= 0 && std::abs(slope) > 3 * std::abs(secant)) return 3 * secant;
  return slope;
}

}  // namespace

MonotoneCubic::MonotoneCubic(std::span<const double> x, std::span<const double> y)
    : x_(x.begin(), x.end()), y_(y.begin(), y.end()), slopes_(x.size()) {
  const std::size_t pieces = x.size() - 1;
  if (pieces == 0) return;
  std::vector<double> widths(pieces);
  std::vector<double> secants(pieces);
  for (std::size_t i = 0; i < pieces; ++i) {
    widths[i] = x[i + 1] - x[i];
    secants[i] = (y[i + 1] - y[i]) / widths[i];
  }
  if (pieces == 1) {
    slopes_ = {secants[0], secants[0]};
    return;
  }
  for (std::size_t i = 1; i < pieces; ++i) {
    if (secants[i - 1] * secants[i] <= 0) continue;
    const double left = 2 * widths[i] + widths[i - 1];
    const double right = widths[i] + 2 * widths[i - 1];
    slopes_[i] = (left + right) / (left / secants[i - 1] + right / secants[i]);
  }
  slopes_.front() = end_slope(widths[0], widths[1], secants[0], secants[1]);
  slopes_.back() =
      end_slope(widths[pieces - 1], widths[pieces - 2], secants[pieces - 1], secants[pieces - 2]);
}

double MonotoneCubic::operator()(double at) const {
  if (x_.size() == 1) return y_[0];
  const auto above = std::upper_bound(x_.begin() + 1, x_.end() - 1, at);
  const auto i = static_cast<std::size_t>(above - x_.begin()) - 1;
  const double width = x_[i + 1] - x_[i];
  const double t = (at - x_[i]) / width;
  const double s = 1 - t;
  return s * s * ((1 + 2 * t) * y_[i] + t * width * slopes_[i]) +
         t * t * ((1 + 2 * s) * y_[i + 1] - s * width * slopes_[i + 1]);
}

}  // namespace echelon
