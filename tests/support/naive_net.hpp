#pragma once

#include <cmath>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "echelon/model/hidden_moments.hpp"
#include "echelon/sampler/layered_loss.hpp"

namespace echelon::oracle {

/// A feed-forward net with identity output and squared loss, written for clarity: the naive twin
/// that models LayeredLoss and gives the moments `collapsed` asks for.
class NaiveNet {
 public:
  using Real = double;
  using Branch = Matrix<double>;  // (width x n), what enters a layer
  using Activation = std::function<double(double)>;

  NaiveNet(int depth, Matrix<double> inputs, Matrix<double> targets, Activation activation)
      : depth_(depth),
        inputs_(std::move(inputs)),
        targets_(std::move(targets)),
        activation_(std::move(activation)) {}

  int depth() const { return depth_; }
  Branch root() const { return inputs_; }
  Branch extend(const Branch& entering, int, const Matrix<double>& w, Change, const Branch&) const {
    return (w * entering).unaryExpr(activation_);
  }
  double loss(const Branch& entering, const Matrix<double>& w) const {
    return (targets_ - w * entering).squaredNorm() / static_cast<double>(inputs_.cols());
  }
  void losses(std::span<const Branch> entering, const Matrix<double>& w,
              std::span<double> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = loss(entering[i], w);
  }
  HiddenMoments moments(const Branch& h) const {
    return {h * h.transpose(), h * targets_.transpose(), targets_.squaredNorm(), h.cols()};
  }
  double loss_of(const std::vector<Matrix<double>>& w) const {
    Branch entering = root();
    for (std::size_t l = 0; l + 1 < w.size(); ++l) entering = extend(entering, 0, w[l], {}, {});
    return loss(entering, w.back());
  }
  const Matrix<double>& targets() const { return targets_; }

 private:
  int depth_;
  Matrix<double> inputs_, targets_;
  Activation activation_;
};

}  // namespace echelon::oracle
