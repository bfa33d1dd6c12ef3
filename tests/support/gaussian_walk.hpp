#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "echelon/core/matrix.hpp"
#include "echelon/random/stream.hpp"
#include "echelon/sampler/layered_loss.hpp"

namespace echelon::oracle {

/// Random-walk proposals for all weights of a layer at once, under N(mean, scale^2) priors: the
/// simplest Moves.
struct GaussianWalk {
  std::vector<Matrix<double>> mean;
  std::vector<double> scale;

  void draw(int layer, Stream& stream, Matrix<double>& w) const {
    const auto l = static_cast<std::size_t>(layer);
    w = mean[l].unaryExpr([&](double m) { return m + scale[l] * stream.normal(); });
  }
  Matrix<double> reference(int layer) const { return mean[static_cast<std::size_t>(layer)]; }
  int changes(int) const { return 1; }
  Change change(int, int) const { return {}; }
  StepRule step_rule(int) const { return {}; }
  double propose(int layer, Change, double step, const Matrix<double>& from, Matrix<double>& to,
                 Stream& stream) const {
    const auto l = static_cast<std::size_t>(layer);
    to = from.unaryExpr([&](double w) { return w + step * stream.normal(); });
    return ((from - mean[l]).squaredNorm() - (to - mean[l]).squaredNorm()) /
           (2 * scale[l] * scale[l]);
  }
};

}  // namespace echelon::oracle
