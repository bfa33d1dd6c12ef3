#pragma once

#include <vector>

#include "echelon/core/rung.hpp"

namespace echelon {

/// The temperatures a_1..a_d of the multi-scale Gibbs law and their sums over the deeper layers,
///     A_k = a_k + ... + a_d,      at a rung: A_k / beta   (infinite at beta = 0, the prior)
/// [J p.12-15]. W_k given the shallower layers is a Gibbs law at temperature A_k on the free energy
/// of the deeper ones. Units: those of the mean loss. Layers count from 0.
class Temperatures {
 public:
  /// Error(usage) unless the last a is positive and the others are not negative, all finite.
  explicit Temperatures(std::vector<double> a);
  /// One row a_1..a_d per rung in place of a_k / beta. A rung's beta then only names the prior end
  /// (beta = 0); rows are used as they stand. Error(usage) for a malformed table.
  static Temperatures from_table(const std::vector<std::vector<double>>& rows);

  int depth() const { return static_cast<int>(sums_.front().size()); }
  bool is_table() const { return table_; }
  /// Rows of the table; 1 without one.
  int rows() const { return static_cast<int>(sums_.size()); }
  /// A_k at the rung; +infinity at beta = 0.
  double cumulative(int layer, Rung rung) const;
  /// 1 / A_k at the rung, 0 at beta = 0.
  double inverse(int layer, Rung rung) const;
  /// A_{k+1} / A_k in (0, 1]; 1 for the last layer. The same on every rung unless a table says not.
  double theta(int layer, Rung rung = {}) const;
  /// Whether every theta is 1 on this rung: the ordinary Gibbs law at temperature a_d.
  bool single_scale(Rung rung = {}) const;

 private:
  Temperatures() = default;
  const std::vector<double>& sums(Rung rung) const;

  std::vector<std::vector<double>>
      sums_;  // per table row (one row without a table), per layer: A_k
  bool table_ = false;
};

}  // namespace echelon
