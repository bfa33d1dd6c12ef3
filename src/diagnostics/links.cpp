#include "echelon/diagnostics/links.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "echelon/core/error.hpp"

namespace echelon {

std::vector<double> increments(const LossScale& scale, const SpectralNorms& norms) {
  const std::size_t depth = norms.weights.size();
  require(norms.deviations.size() == depth && norms.references.size() == depth, ExitCode::internal,
          "spectral norms of {} weights, {} deviations and {} references", depth,
          norms.deviations.size(), norms.references.size());
  for (std::size_t k = 0; k < depth; ++k)
    require(std::isfinite(norms.weights[k]) && std::isfinite(norms.deviations[k]) &&
                std::isfinite(norms.references[k]),
            ExitCode::internal, "layer {} has spectral norms {}, {} and {}", k + 1,
            norms.weights[k], norms.deviations[k], norms.references[k]);
  std::vector<double> result(depth);
  for (std::size_t k = 0; k < depth; ++k) {
    double product = scale.lipschitz * scale.input_radius * norms.deviations[k];
    for (std::size_t j = 0; j < depth; ++j) {
      if (j < k) product *= norms.weights[j];
      if (j > k) product *= norms.references[j];
    }
    result[k] = std::min(scale.range, product);
  }
  return result;
}

std::vector<Link> links(std::span<const double> temperatures,
                        std::span<const std::vector<double>> increments_by_draw, double range) {
  require(!temperatures.empty() && temperatures.back() > 0, ExitCode::internal,
          "the last of {} temperatures must be positive", temperatures.size());
  require(!increments_by_draw.empty(), ExitCode::internal, "no draw to average increments over");
  std::vector<Link> result;
  int first = 0;
  for (int layer = 0; layer < std::ssize(temperatures); ++layer) {
    const double temperature = temperatures[static_cast<std::size_t>(layer)];
    require(temperature >= 0 && std::isfinite(temperature), ExitCode::internal,
            "temperature {} is {}", layer + 1, temperature);
    if (temperature == 0) continue;
    result.push_back({first, layer, temperature, 0});
    first = layer + 1;
  }
  for (const std::vector<double>& draw : increments_by_draw) {
    require(draw.size() == temperatures.size(), ExitCode::internal,
            "a draw has {} increments (there are {} layers)", draw.size(), temperatures.size());
    for (Link& link : result) {
      const double sum =
          std::accumulate(draw.begin() + link.first, draw.begin() + link.last + 1, 0.0);
      const double bounded = std::min(range, sum);
      link.mean_square += bounded * bounded / static_cast<double>(increments_by_draw.size());
    }
  }
  return result;
}

}  // namespace echelon
