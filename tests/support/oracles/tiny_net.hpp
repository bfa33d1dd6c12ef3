#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "echelon/model/hidden_moments.hpp"
#include "echelon/sampler/layered_loss.hpp"

namespace echelon::oracle {

/// What a tiny net learns and with which units: a smooth curve with tanh units; or, with ReLU units
/// on positive inputs, nearly a line, so that only the product of the weights matters and the
/// posterior is a narrow curved valley in which a lagging inner chain shows.
enum class TinyTask { smooth, valley };

/// A network of width one behind its first layer, identity output and squared loss, on eight fixed
/// samples, in plain scalars: small enough for quadrature, fast enough for 1e8 evaluations. Widths
/// 1-1-1 (depth 2), 1-1-1-1 (depth 3) or 2-1-1 (depth 2, two inputs).
class TinyNet {
 public:
  static constexpr std::size_t samples = 8;
  using Real = double;
  using Layer = Eigen::Matrix<double, 1, Eigen::Dynamic, Eigen::RowMajor, 1, 2>;
  using Activations = std::array<double, samples>;
  struct Branch {
    Activations h{};
  };

  explicit TinyNet(int depth, int inputs = 1, TinyTask task = TinyTask::smooth)
      : depth_(depth), inputs_(inputs), task_(task) {
    for (std::size_t i = 0; i < samples; ++i) {
      const bool valley = task == TinyTask::valley;
      const auto index = static_cast<double>(i);
      const double x = valley ? 0.25 * (1 + index) : -2 + 4 * index / (samples - 1);
      first_[i] = x;
      second_[i] = std::cos(3 * x);
      target_[i] = valley ? 0.9 * x + 0.2 * std::sin(3 * x)
                          : 0.8 * std::tanh(1.5 * x) + 0.15 * std::cos(2 * x);
    }
  }

  int depth() const { return depth_; }
  int inputs() const { return inputs_; }
  Branch root() const { return {first_}; }

  Branch extend(const Branch& entering, int layer, const Layer& w, Change, const Branch&) const {
    ++extensions[static_cast<std::size_t>(layer)];
    Branch out;
    for (std::size_t i = 0; i < samples; ++i) {
      double z = w(0) * entering.h[i];
      if (layer == 0 && inputs_ == 2) z += w(1) * second_[i];
      out.h[i] = unit(z);
    }
    return out;
  }

  void losses(std::span<const Branch> entering, const Layer& w, std::span<double> out,
              std::span<Slope> slopes) const {
    losses(entering, w, out);
    for (std::size_t j = 0; j < entering.size(); ++j) {
      double slope = 0;
      for (std::size_t i = 0; i < samples; ++i)
        slope -= 2 * (target_[i] - w(0) * entering[j].h[i]) * entering[j].h[i];
      slopes[j] = Slope::Constant(1, 1, slope / samples);
    }
  }

  void losses(std::span<const Branch> entering, const Layer& w, std::span<double> out) const {
    evaluations += entering.size();
    for (std::size_t j = 0; j < entering.size(); ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < samples; ++i) {
        const double e = target_[i] - w(0) * entering[j].h[i];
        sum += e * e;
      }
      out[j] = sum / samples;
    }
  }

  HiddenMoments moments(const Branch& entering) const {
    double square = 0, cross = 0, target_square = 0;
    for (std::size_t i = 0; i < samples; ++i) {
      square += entering.h[i] * entering.h[i];
      cross += entering.h[i] * target_[i];
      target_square += target_[i] * target_[i];
    }
    return {Matrix<double>::Constant(1, 1, square), Matrix<double>::Constant(1, 1, cross),
            target_square, samples};
  }

  /// The loss by the formula, without branches: parameters in layer order.
  double loss(std::span<const double> w) const {
    double sum = 0;
    for (std::size_t i = 0; i < samples; ++i) {
      double z = w[0] * first_[i];
      std::size_t next = 1;
      if (inputs_ == 2) z += w[next++] * second_[i];
      for (; next < w.size(); ++next) z = w[next] * unit(z);
      sum += (target_[i] - z) * (target_[i] - z);
    }
    return sum / samples;
  }

  mutable std::array<std::size_t, 3> extensions{};  ///< calls per layer
  mutable std::size_t evaluations = 0;              ///< losses of one branch

 private:
  double unit(double z) const {
    return task_ == TinyTask::valley ? std::max(z, 0.0) : std::tanh(z);
  }

  int depth_, inputs_;
  TinyTask task_;
  Activations first_, second_, target_;
};

static_assert(SlopedLoss<TinyNet>);

}  // namespace echelon::oracle
