#pragma once

#include <functional>
#include <span>
#include <vector>

namespace echelon::oracle {

/// One coordinate of a grid: points, the logarithm of their quadrature weight times prior density
/// (normalised to sum to one), and the cumulative temperature A of the coordinate's layer.
struct Axis {
  std::vector<double> points;
  std::vector<double> log_prior;
  double temperature = 1;
  int layer = 0;

  /// Trapezoid rule for a normal prior on mean +- reach standard deviations.
  static Axis normal(double mean, double scale, double temperature, int layer, int points,
                     double reach = 7);
};

/// The multi-scale Gibbs law (theory 2) on a tensor grid, from its definition: backwards
/// V_{c-1} = -A_c log E_c exp(-V_c / A_c), forwards the conditionals. Coordinates of one layer
/// follow each other and share their A, which composes exactly.
class GridLaw {
 public:
  GridLaw(std::vector<Axis> axes, const std::function<double(std::span<const double>)>& loss);

  double free_energy() const { return free_energy_; }   ///< V_0
  double mean_loss() const { return mean_loss_; }       ///< E[L]
  const std::vector<double>& marginal(int axis) const;  ///< probability of each grid point
  double divergence(int layer) const;                   ///< D_k, layers from 0
  /// Joint probability of every grid point, last axis fastest.
  const std::vector<double>& joint() const { return joint_; }
  const std::vector<Axis>& axes() const { return axes_; }

  /// The point below which a fraction of the axis' marginal lies (linear between grid points).
  double quantile(int axis, double fraction) const;
  /// Inner edges of `bins` bins of equal probability.
  std::vector<double> equal_bins(int axis, int bins) const;

 private:
  std::vector<Axis> axes_;
  std::vector<double> joint_;
  std::vector<std::vector<double>> marginals_;
  std::vector<double> steps_;  ///< E[V_{c-1} - V_c] / A_c per axis
  double free_energy_ = 0, mean_loss_ = 0;
};

/// Total variation between bin counts of the draws and equal probabilities.
double binned_distance(std::span<const double> draws, std::span<const double> inner_edges);

}  // namespace echelon::oracle
