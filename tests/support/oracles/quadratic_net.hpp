#pragma once

#include <Eigen/Core>
#include <array>
#include <span>

#include "echelon/sampler/point.hpp"

namespace echelon::oracle {

/// L(w) = (w - m)' H (w - m) / 2 with one weight per layer, up to three: what enters a layer is the
/// vector of shallower weights.
class QuadraticNet {
 public:
  using Real = double;
  using Layer = Eigen::Matrix<double, 1, Eigen::Dynamic, Eigen::RowMajor, 1, 2>;
  struct Branch {
    std::array<double, 3> w{};
  };

  QuadraticNet(const Eigen::MatrixXd& curvature, const Eigen::VectorXd& minimum)
      : curvature_(curvature), minimum_(minimum) {}

  int depth() const { return static_cast<int>(minimum_.size()); }
  Branch root() const { return {}; }
  Branch extend(const Branch& entering, int layer, const Layer& w, Change, const Branch&) const {
    Branch out = entering;
    out.w[at(layer)] = w(0);
    return out;
  }
  void losses(std::span<const Branch> entering, const Layer& w, std::span<double> out) const {
    const int d = depth();
    for (std::size_t j = 0; j < entering.size(); ++j) {
      auto x = entering[j].w;
      x[at(d - 1)] = w(0);
      double sum = 0;
      for (int i = 0; i < d; ++i)
        for (int k = 0; k < d; ++k)
          sum += (x[at(i)] - minimum_(i)) * curvature_(i, k) * (x[at(k)] - minimum_(k)) / 2;
      out[j] = sum;
    }
  }

 private:
  Eigen::MatrixXd curvature_;
  Eigen::VectorXd minimum_;
};

static_assert(LayeredLoss<QuadraticNet>);

}  // namespace echelon::oracle
