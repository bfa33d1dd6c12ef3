#pragma once

#include <cmath>
#include <vector>

#include "echelon/sampler/moves.hpp"

namespace echelon::oracle {

/// Independent normal priors N(mean, scale^2) on every weight of small layers, and symmetric
/// Gaussian or prior-reversible (pCN) proposals, or for the last layer Langevin ones: the moves of
/// the oracles, written without the production code.
template <class Layer>
struct GaussianMoves {
  enum class Kind { symmetric, pcn, langevin };

  std::vector<int> sizes;  ///< weights per layer
  double mean = 1;
  double scale = 1;
  Kind kind = Kind::symmetric;

  void draw(int layer, Stream& stream, Layer& w) const {
    w = reference(layer);
    for (auto& x : w) x += scale * stream.normal();
  }
  Layer reference(int layer) const {
    Layer w(1, sizes[static_cast<std::size_t>(layer)]);
    w.setConstant(mean);
    return w;
  }
  int changes(int) const { return 1; }
  Change change(int, int) const { return {}; }
  StepRule step_rule(int) const { return {}; }
  bool informed(int layer) const {
    return kind == Kind::langevin && layer + 1 == static_cast<int>(sizes.size());
  }
  void add_log_prior_slope(int, const Layer& w, Slope& sum) const {
    for (Eigen::Index i = 0; i < w.size(); ++i) sum(i) -= (w(i) - mean) / (scale * scale);
  }
  double log_prior_ratio(int, const Layer& from, const Layer& to) const {
    double ratio = 0;
    for (Eigen::Index i = 0; i < from.size(); ++i) ratio += log_ratio(from(i), to(i));
    return ratio;
  }

  template <class Random>
  double propose(int, Change, double step, const Layer& from, Layer& to, Random& random) const {
    to = from;
    double sum = 0;
    for (Eigen::Index i = 0; i < from.size(); ++i) {
      if (kind == Kind::pcn) {
        to(i) =
            mean + std::sqrt(1 - step * step) * (from(i) - mean) + step * scale * random.normal();
        continue;
      }
      to(i) += step * random.normal();
      sum += log_ratio(from(i), to(i));
    }
    return sum;
  }

  double log_ratio(double from, double to) const {
    const double before = from - mean, after = to - mean;
    return (before * before - after * after) / (2 * scale * scale);
  }
};

}  // namespace echelon::oracle
