#pragma once

#include <random>
#include <vector>

#include "echelon/core/matrix.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/model/network.hpp"

namespace echelon {

enum class Targets { labels, real };

/// Samples whose features are non-zero with probability `density`: multiples of 1/256 below 1 when
/// `bytes`, else normals.
struct Samples {
  int count = 1;
  double density = 1;
  bool bytes = false;
  Targets targets = Targets::labels;
};

inline Split random_split(const std::vector<int>& widths, Samples samples, unsigned seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<double> uniform;
  std::uniform_int_distribution<int> byte(1, 255), label(0, widths.back() - 1);
  Split split;
  split.samples = samples.count;
  split.features = widths.front();
  split.inputs.setZero(split.features, split.samples);
  for (Eigen::Index i = 0; i < split.inputs.size(); ++i)
    if (uniform(rng) < samples.density)
      split.inputs.data()[i] = samples.bytes ? static_cast<float>(byte(rng)) / 256 : normal(rng);
  if (samples.targets == Targets::labels)
    for (int s = 0; s < split.samples; ++s) split.labels.push_back(label(rng));
  else
    split.targets =
        Matrix<float>::NullaryExpr(widths.back(), split.samples, [&] { return normal(rng); });
  return split;
}

/// Entries of standard deviation 1.5 / sqrt(inputs), so that values stay of order one at any depth.
template <class Real>
Weights<Real> random_weights(const std::vector<int>& widths, unsigned seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<double> normal;
  Weights<Real> weights;
  for (std::size_t k = 0; k + 1 < widths.size(); ++k) {
    const double scale = 1.5 / std::sqrt(widths[k]);
    weights.push_back(Matrix<Real>::NullaryExpr(
        widths[k + 1], widths[k], [&] { return static_cast<Real>(scale * normal(rng)); }));
  }
  return weights;
}

template <class Real>
Weights<double> in_double(const Weights<Real>& weights) {
  Weights<double> result;
  for (const auto& w : weights) result.push_back(w.template cast<double>());
  return result;
}

}  // namespace echelon
