#include "increment_sums.hpp"

namespace echelon {

IncrementSums::IncrementSums(const BoundsSetting& setting)
    : layers(setting.temperatures.size(), 0) {
  const std::vector<double> nothing(layers.size(), 0);
  links = echelon::links(setting.temperatures, std::span(&nothing, 1), setting.scale.range);
  merged = echelon::links(setting.merged(), std::span(&nothing, 1), setting.scale.range);
}

void IncrementSums::add(const BoundsSetting& setting, double lipschitz,
                        const SpectralNorms& norms) {
  const auto draw = increments({lipschitz, setting.scale.input_radius, setting.scale.range}, norms);
  for (std::size_t k = 0; k < draw.size(); ++k) layers[k] += draw[k] * draw[k];
  const auto add_links = [&](std::vector<Link>& sums, const std::vector<double>& temperatures) {
    const auto more = echelon::links(temperatures, std::span(&draw, 1), setting.scale.range);
    for (std::size_t i = 0; i < more.size(); ++i) sums[i].mean_square += more[i].mean_square;
  };
  add_links(links, setting.temperatures);
  add_links(merged, setting.merged());
}

}  // namespace echelon
