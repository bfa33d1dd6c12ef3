#include "support/oracles/grid_law.hpp"

#include <algorithm>
#include <cmath>

#include "echelon/core/log_math.hpp"

namespace echelon::oracle {

Axis Axis::normal(double mean, double scale, double temperature, int layer, int points,
                  double reach) {
  Axis axis{{}, {}, temperature, layer};
  for (int i = 0; i < points; ++i) {
    const double z = reach * (2.0 * i / (points - 1) - 1);
    axis.points.push_back(mean + scale * z);
    axis.log_prior.push_back(-z * z / 2 - (i == 0 || i + 1 == points ? std::log(2.0) : 0.0));
  }
  const double total = log_sum_exp(axis.log_prior);
  for (double& value : axis.log_prior) value -= total;
  return axis;
}

GridLaw::GridLaw(std::vector<Axis> axes, const std::function<double(std::span<const double>)>& loss)
    : axes_(std::move(axes)), steps_(axes_.size()) {
  // values[c] is V after the coordinates before c are fixed: values.back() is the loss itself.
  std::vector<std::vector<double>> values(axes_.size() + 1);
  std::size_t size = 1;
  for (const auto& axis : axes_) size *= axis.points.size();
  values.back().resize(size);
  std::vector<double> w(axes_.size());
  for (std::size_t index = 0; index < size; ++index) {
    std::size_t rest = index;
    for (std::size_t c = axes_.size(); c-- > 0; rest /= axes_[c].points.size())
      w[c] = axes_[c].points[rest % axes_[c].points.size()];
    values.back()[index] = loss(w);
  }
  for (std::size_t c = axes_.size(); c-- > 0;) {
    const auto& axis = axes_[c];
    const std::size_t n = axis.points.size();
    values[c].resize(values[c + 1].size() / n);
    std::vector<double> terms(n);
    for (std::size_t outer = 0; outer < values[c].size(); ++outer) {
      for (std::size_t i = 0; i < n; ++i)
        terms[i] = axis.log_prior[i] - values[c + 1][outer * n + i] / axis.temperature;
      values[c][outer] = -axis.temperature * log_sum_exp(terms);
    }
  }
  free_energy_ = values[0][0];
  joint_ = {1.0};
  for (std::size_t c = 0; c < axes_.size(); ++c) {
    const auto& axis = axes_[c];
    const std::size_t n = axis.points.size();
    std::vector<double> next(joint_.size() * n);
    marginals_.emplace_back(n);
    for (std::size_t outer = 0; outer < joint_.size(); ++outer)
      for (std::size_t i = 0; i < n; ++i) {
        const double change = (values[c][outer] - values[c + 1][outer * n + i]) / axis.temperature;
        const double p = joint_[outer] * std::exp(axis.log_prior[i] + change);
        next[outer * n + i] = p;
        marginals_[c][i] += p;
        steps_[c] += p * change;
      }
    joint_ = std::move(next);
  }
  for (std::size_t index = 0; index < size; ++index)
    mean_loss_ += joint_[index] * values.back()[index];
}

const std::vector<double>& GridLaw::marginal(int axis) const {
  return marginals_[static_cast<std::size_t>(axis)];
}

double GridLaw::divergence(int layer) const {
  double sum = 0;
  for (std::size_t c = 0; c < axes_.size(); ++c)
    if (axes_[c].layer <= layer) sum += steps_[c];
  return sum;
}

double GridLaw::quantile(int axis, double fraction) const {
  // Each grid point's mass is spread evenly over its cell.
  const auto& points = axes_[static_cast<std::size_t>(axis)].points;
  const auto& mass = marginal(axis);
  const double cell = points[1] - points[0];
  double below = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (below + mass[i] >= fraction) return points[i] + cell * ((fraction - below) / mass[i] - 0.5);
    below += mass[i];
  }
  return points.back();
}

std::vector<double> GridLaw::equal_bins(int axis, int bins) const {
  std::vector<double> edges;
  for (int b = 1; b < bins; ++b) edges.push_back(quantile(axis, static_cast<double>(b) / bins));
  return edges;
}

double binned_distance(std::span<const double> draws, std::span<const double> inner_edges) {
  std::vector<double> counts(inner_edges.size() + 1);
  for (const double x : draws)
    ++counts[static_cast<std::size_t>(std::upper_bound(inner_edges.begin(), inner_edges.end(), x) -
                                      inner_edges.begin())];
  double distance = 0;
  for (const double count : counts)
    distance += std::abs(count / static_cast<double>(draws.size()) -
                         1 / static_cast<double>(counts.size()));
  return distance / 2;
}

}  // namespace echelon::oracle
