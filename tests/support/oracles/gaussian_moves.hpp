#pragma once

#include <cmath>
#include <vector>

#include "echelon/sampler/moves.hpp"

namespace echelon::oracle {

/// Independent normal priors N(mean, scale^2) on every weight of small layers, and symmetric
/// Gaussian or prior-reversible (pCN) proposals: the moves of the oracles, written without the
/// production code.
template <class Layer>
struct GaussianMoves {
  enum class Kind { symmetric, pcn };

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

  double propose(int, Change, double step, const Layer& from, Layer& to, Stream& stream) const {
    to = from;
    double log_ratio = 0;
    for (Eigen::Index i = 0; i < from.size(); ++i) {
      if (kind == Kind::pcn) {
        to(i) =
            mean + std::sqrt(1 - step * step) * (from(i) - mean) + step * scale * stream.normal();
        continue;
      }
      to(i) += step * stream.normal();
      const double old_distance = from(i) - mean, new_distance = to(i) - mean;
      log_ratio +=
          (old_distance * old_distance - new_distance * new_distance) / (2 * scale * scale);
    }
    return log_ratio;
  }
};

}  // namespace echelon::oracle
