#pragma once

#include <algorithm>
#include <cmath>
#include <span>
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

inline Vector<double> activate(Activation activation, Vector<double> z) {
  for (double& value : z) value = activate(activation, value);
  return z;
}

inline Vector<double> product(const Matrix<double>& w, const Vector<double>& x) {
  Vector<double> z = Vector<double>::Zero(w.rows());
  for (Eigen::Index i = 0; i < w.rows(); ++i)
    for (Eigen::Index j = 0; j < w.cols(); ++j) z(i) += w(i, j) * x(j);
  return z;
}

/// What enters layer `layer` (0-based; depth() gives the values of the last layer) for one sample.
inline std::vector<double> entering(const Network& network, const Weights<double>& w,
                                    const Split& split, int sample, int layer) {
  Vector<double> x = split.inputs.col(sample).cast<double>();
  for (const auto& matrix : std::span(w).first(static_cast<std::size_t>(layer))) {
    x = product(matrix, x);
    if (&matrix != &w.back()) x = activate(network.activation, x);
  }
  return {x.begin(), x.end()};
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
  return split.labels[static_cast<std::size_t>(sample)] == output ? 1 : 0;
}

inline double sample_loss(const Network& network, const Split& split, int sample,
                          const std::vector<double>& z) {
  const auto y = outputs(network, z);
  double loss = 0;
  int output = 0;
  for (double value : y) {
    const double wanted = target(split, sample, output++);
    if (network.loss == Loss::squared)
      loss += std::pow(value - wanted, 2);
    else if (wanted == 1)
      loss -= std::log(value);
  }
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
    wrong += std::max_element(z.begin(), z.end()) - z.begin() !=
             split.labels[static_cast<std::size_t>(s)];
  }
  return static_cast<double>(wrong) / split.samples;
}

}  // namespace echelon::naive
