#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/core/error.hpp"
#include "echelon/sampler/layered_loss.hpp"

namespace echelon {

inline std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// One state of the sampler: all weights, the branches they give and the loss.
template <LayeredLoss Model>
struct Point {
  LayersOf<Model> weights;
  Path<Model> path;
  double loss = 0;
};

/// One draw as observers see it: all weights, the branch that enters the last layer, and the loss.
template <LayeredLoss Model>
struct Draw {
  LayersOf<Model> weights;
  typename Model::Branch entering_last;
  double loss = 0;
};

/// What is recorded of a draw: scalars, and the weights under their file names.
template <LayeredLoss Model>
struct DrawObserver {
  std::function<Archive(const Draw<Model>&)> statistics;
  std::function<Archive(const Draw<Model>&)> weights;
};

template <LayeredLoss Model>
Draw<Model> draw_of(const Point<Model>& point) {
  return {point.weights, point.path.back(), point.loss};
}

/// The branches of the weights.
template <LayeredLoss Model>
Path<Model> path_of(const Model& model, const LayersOf<Model>& weights) {
  Path<Model> path{model.root()};
  for (int k = 0; k + 1 < model.depth(); ++k)
    path.push_back(model.extend(path[at(k)], k, weights[at(k)], {}, {}));
  return path;
}

/// Computes path and loss of the point's weights.
template <LayeredLoss Model>
void evaluate(const Model& model, Point<Model>& point) {
  point.path = path_of(model, point.weights);
  model.losses(std::span(&point.path.back(), 1), point.weights.back(), std::span(&point.loss, 1));
}

/// "name/w1", ... and "name/loss".
template <class Layer>
void pack_weights(Archive& archive, const std::string& name, const std::vector<Layer>& weights,
                  double loss) {
  for (std::size_t k = 0; k < weights.size(); ++k)
    archive.put(fmt::format("{}/w{}", name, k + 1),
                std::vector<typename Layer::Scalar>(weights[k].data(),
                                                    weights[k].data() + weights[k].size()));
  archive.put(name + "/loss", loss);
}

/// The point packed under `name`, with branches and loss recomputed; `point` brings weights of the
/// right shapes. Error(data) when an array has another size than its layer, or when the loss is not
/// the stored one.
template <LayeredLoss Model>
void unpack_point(const Model& model, const Archive& archive, const std::string& name,
                  Point<Model>& point) {
  using Scalar = typename LayerOf<Model>::Scalar;
  for (std::size_t k = 0; k < point.weights.size(); ++k) {
    auto& w = point.weights[k];
    const auto& stored = archive.get<Scalar>(fmt::format("{}/w{}", name, k + 1));
    require(stored.size() == static_cast<std::size_t>(w.size()), ExitCode::data,
            "{} stored weights for layer {} which has {} (the checkpoint belongs to another "
            "network)",
            stored.size(), k + 1, w.size());
    std::copy(stored.begin(), stored.end(), w.data());
  }
  evaluate(model, point);
  const auto loss = archive.get_scalar<double>(name + "/loss");
  require(std::abs(point.loss - loss) <= 1e-5 * (1 + std::abs(loss)), ExitCode::data,
          "the stored weights give the loss {}, stored beside them is {} (data or checkpoint have "
          "changed)",
          point.loss, loss);
}

}  // namespace echelon
