#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/core/error.hpp"
#include "echelon/sampler/anneal.hpp"

namespace echelon {

/// "anneal/<i>/loss" per level and "anneal/<i>/w<k>", level after level, for every particle i.
template <class Layer, LayeredLoss Model>
void pack_anneal(Archive& archive, const Anneal<Model>& anneal) {
  using Scalar = typename Layer::Scalar;
  for (std::size_t i = 0; i < anneal.particles.size(); ++i) {
    const Particle<Model>& particle = anneal.particles[i];
    archive.put(fmt::format("anneal/{}/loss", i), particle.loss);
    for (std::size_t k = 0; k < particle.weights.front().size(); ++k) {
      std::vector<Scalar> values;
      for (const auto& level : particle.weights)
        values.insert(values.end(), level[k].data(), level[k].data() + level[k].size());
      archive.put(fmt::format("anneal/{}/w{}", i, k + 2), std::move(values));
    }
  }
}

/// The anneal packed there; `layers` brings all layers in their shapes. Log weights follow from the
/// losses. Error(data) when the arrays do not fit the schedule or the network.
template <LayeredLoss Model>
Anneal<Model> unpack_anneal(const Archive& archive, const Schedule& schedule,
                            const LayersOf<Model>& layers) {
  using Scalar = typename LayerOf<Model>::Scalar;
  Anneal<Model> anneal;
  while (archive.has(fmt::format("anneal/{}/loss", anneal.particles.size()))) {
    const std::size_t i = anneal.particles.size();
    Particle<Model> particle;
    particle.loss = archive.get<double>(fmt::format("anneal/{}/loss", i));
    const std::size_t levels = particle.loss.size();
    require(levels >= 1 && levels <= at(schedule.levels()) &&
                (i == 0 || levels == anneal.particles[0].loss.size()),
            ExitCode::data, "particle {} was stored with {} levels (the schedule has {})", i,
            levels, schedule.levels());
    particle.weights.assign(levels, LayersOf<Model>(layers.begin() + 1, layers.end()));
    for (std::size_t k = 1; k < layers.size(); ++k) {
      const auto& values = archive.get<Scalar>(fmt::format("anneal/{}/w{}", i, k + 1));
      const auto size = static_cast<std::size_t>(layers[k].size());
      require(values.size() == levels * size, ExitCode::data,
              "particle {} was stored with {} weights in layer {} ({} expected)", i, values.size(),
              k + 1, levels * size);
      for (std::size_t level = 0; level < levels; ++level)
        std::copy_n(values.data() + level * size, size, particle.weights[level][k - 1].data());
    }
    particle.log_weight.assign(1, 0.0);
    for (std::size_t level = 1; level < levels; ++level)
      particle.log_weight.push_back(particle.log_weight.back() -
                                    schedule.step(static_cast<int>(level)) *
                                        particle.loss[level - 1]);
    anneal.particles.push_back(std::move(particle));
  }
  return anneal;
}

}  // namespace echelon
