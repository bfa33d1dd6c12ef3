#include "echelon/model/prior.hpp"

#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

#include "echelon/core/error.hpp"
#include "echelon/random/stream.hpp"

namespace echelon {

namespace {

constexpr int most_rejections = 1000;

std::size_t at(int layer) { return static_cast<std::size_t>(layer); }

void require_per_layer(const std::vector<double>& values, const char* what,
                       const Network& network) {
  require(std::ssize(values) == network.depth(), ExitCode::usage,
          "{} has {} values but the network {} layers", what, values.size(), network.depth());
  for (double value : values)
    require(std::isfinite(value) && value > 0, ExitCode::usage,
            "{} has the value {} (must be positive and finite)", what, value);
}

/// sum over the entries of (to - from)(to + from - 2 M).
template <class From, class To, class Mean>
double increase_of_squares(const From& from, const To& to, const Mean& mean) {
  double sum = 0;
  for (Eigen::Index j = 0; j < mean.cols(); ++j)
    for (Eigen::Index i = 0; i < mean.rows(); ++i) {
      const auto a = static_cast<double>(from(i, j));
      const auto b = static_cast<double>(to(i, j));
      sum += (b - a) * (b + a - 2 * mean(i, j));
    }
  return sum;
}

}  // namespace

Prior make_prior(const Network& network, PriorKind kind, std::vector<double> scale,
                 std::vector<double> radius) {
  Prior prior{kind, std::move(scale), std::move(radius), network.reference, {}};
  if (kind == PriorKind::gaussian) require_per_layer(prior.scale, "scale", network);
  if (prior.radius.empty()) return prior;
  require_per_layer(prior.radius, "radius", network);
  for (int layer = 0; layer < network.depth(); ++layer) {
    const double norm = spectral_norm(prior.mean[at(layer)]);
    require(norm > 0, ExitCode::usage,
            "layer {} has a radius but a zero reference (the radius is relative to its norm) "
            "use reference = identity or no radius",
            layer + 1);
    prior.limit.push_back(prior.radius[at(layer)] * norm);
  }
  return prior;
}

template <class Real>
double log_density_ratio(const Prior& prior, int layer, const Matrix<Real>& from,
                         const Matrix<Real>& to, Change change) {
  if (prior.kind == PriorKind::flat) return 0;
  const auto& mean = prior.mean[at(layer)];
  const double scale = prior.scale[at(layer)];
  const double increase =
      change.row == Change::all
          ? increase_of_squares(from, to, mean)
          : increase_of_squares(from.row(change.row), to.row(change.row), mean.row(change.row));
  return -increase / (2 * scale * scale);
}

template <class Real>
bool inside(const Prior& prior, int layer, const Matrix<Real>& w) {
  if (prior.limit.empty()) return true;
  const Matrix<double> deviation = w.template cast<double>() - prior.mean[at(layer)];
  const double limit = prior.limit[at(layer)];
  if (deviation.norm() <= limit) return true;  // the Frobenius norm is never the smaller one
  return spectral_norm(deviation) <= limit;
}

template <class Real>
void draw(const Prior& prior, int layer, Stream& stream, Matrix<Real>& w) {
  require(prior.kind == PriorKind::gaussian, ExitCode::usage,
          "a flat prior cannot be drawn from (it has no normaliser) use kind = gaussian");
  const Matrix<Real> mean = prior.mean[at(layer)].template cast<Real>();
  const auto scale = static_cast<Real>(prior.scale[at(layer)]);
  w.resize(mean.rows(), mean.cols());
  for (int attempt = 0; attempt < most_rejections; ++attempt) {
    stream.fill_normal(std::span<Real>(w.data(), static_cast<std::size_t>(w.size())));
    w = mean + scale * w;
    if (inside(prior, layer, w)) return;
  }
  require(
      false, ExitCode::usage,
      "the prior of layer {} does not hit its radius ({} draws in a row missed; the last was at "
      "distance {:.3g}, the limit is {:.3g}) lower its scale or raise its radius",
      layer + 1, most_rejections, spectral_norm(w.template cast<double>() - prior.mean[at(layer)]),
      prior.limit[at(layer)]);
}

template double log_density_ratio(const Prior&, int, const Matrix<float>&, const Matrix<float>&,
                                  Change);
template double log_density_ratio(const Prior&, int, const Matrix<double>&, const Matrix<double>&,
                                  Change);
template bool inside(const Prior&, int, const Matrix<float>&);
template bool inside(const Prior&, int, const Matrix<double>&);
template void draw(const Prior&, int, Stream&, Matrix<float>&);
template void draw(const Prior&, int, Stream&, Matrix<double>&);

}  // namespace echelon
