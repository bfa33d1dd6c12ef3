#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "echelon/core/matrix.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/model/network.hpp"

namespace echelon::naive {

/// The slow twin of NetworkLoss: one sample at a time, plain loops in double, nothing shared with
/// the kernels but the definitions in network.hpp.

inline double activate(Activation activation, double z) {
  if (activation == Activation::relu) return z > 0 ? z : 0;
  return activation == Activation::tanh ? std::tanh(z) : z;
}

/// What enters layer `layer` (0-based; depth() gives the values of the last layer) for one sample.
inline std::vector<double> entering(const Network& network, const Weights<double>& w,
                                    const Split& split, int sample, int layer) {
  std::vector<double> x(static_cast<std::size_t>(split.features));
  for (int f = 0; f < split.features; ++f) x[f] = static_cast<double>(split.inputs(f, sample));
  for (int k = 0; k < layer; ++k) {
    std::vector<double> next(static_cast<std::size_t>(w[k].rows()));
    for (int i = 0; i < w[k].rows(); ++i) {
      double z = 0;
      for (int j = 0; j < w[k].cols(); ++j) z += w[k](i, j) * x[j];
      next[i] = k + 1 < network.depth() ? activate(network.activation, z) : z;
    }
    x = next;
  }
  return x;
}

inline std::vector<double> outputs(const Network& network, std::vector<double> z) {
  if (network.output == Output::identity) return z;
  const double largest = *std::max_element(z.begin(), z.end());
  double sum = 0;
  for (double& value : z) sum += value = std::exp(value - largest);
  for (double& value : z) value /= sum;
  return z;
}

inline double target(const Split& split, int sample, int output) {
  if (split.targets.size() > 0) return static_cast<double>(split.targets(output, sample));
  return split.labels[sample] == output ? 1 : 0;
}

inline double sample_loss(const Network& network, const Split& split, int sample,
                          const std::vector<double>& z) {
  const auto y = outputs(network, z);
  if (network.loss == Loss::cross_entropy) return -std::log(y[split.labels[sample]]);
  double loss = 0;
  for (int o = 0; o < static_cast<int>(y.size()); ++o)
    loss += std::pow(y[o] - target(split, sample, o), 2);
  return loss;
}

inline double loss(const Network& network, const Weights<double>& w, const Split& split) {
  double total = 0;
  for (int s = 0; s < split.samples; ++s)
    total += sample_loss(network, split, s, entering(network, w, split, s, network.depth()));
  return total / split.samples;
}

inline double error(const Network& network, const Weights<double>& w, const Split& split) {
  int wrong = 0;
  for (int s = 0; s < split.samples; ++s) {
    const auto z = entering(network, w, split, s, network.depth());
    wrong += std::max_element(z.begin(), z.end()) - z.begin() != split.labels[s];
  }
  return static_cast<double>(wrong) / split.samples;
}

}  // namespace echelon::naive
