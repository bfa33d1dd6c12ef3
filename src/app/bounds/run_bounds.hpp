#pragma once

#include <string>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/diagnostics/integral.hpp"
#include "setting.hpp"

namespace echelon {

/// The bounds that a run's own ladder gives (diagnostics/bounds.hpp), from its production sweeps.
/// They assume that every rung is in equilibrium. NaN where something is not known.
struct RunBounds {
  std::int64_t sweeps = 0;  ///< production sweeps that entered
  double samples = 0;       ///< n
  std::vector<double> betas;
  std::vector<Estimate> mean_losses;  ///< by rung
  LadderIntegral free_energy;         ///< V_0: the left sum is the upper bound
  Estimate stepping_stone;            ///< V_0 from the rungs' density ratios, without quadrature
  std::vector<Estimate> divergences;  ///< D_k, by layer
  Rise rise;                          ///< what equilibrium rules out

  std::vector<double> increments;  ///< E b_k^2, by layer
  std::vector<Link> links;         ///< with E b^2, layers at a_k = 0 merged
  std::vector<double> suggested;   ///< bound-optimal a_k, by layer; 0 where it merges into the next
  Estimate certificate;            ///< bound on the expected risk
  double certificate_pac = 0;      ///< with probability at least 1 - delta
  double certificate_paper = 0;    ///< in expectation, with the paper's Lipschitz constant
  double single_scale = 0;         ///< in expectation, all layers merged into one link at a_d
  double information_gap = 0;      ///< sum_k sqrt(2 E b_k^2 D_k / n), D_k bounding I(S; W_1..W_k)
  double worst_case_gap = 0;       ///< the same from the radii; NaN without

  double train_loss = 0, test_loss = 0;  ///< means over the stored draws
};

/// One row of the table /bounds, on axes padded to `rung_capacity`.
Archive bounds_row(const RunBounds& bounds, const BoundsSetting& setting, std::int64_t sweep,
                   int rung_capacity);

/// What the certificate is worth.
bool is_vacuous(const RunBounds& bounds, const BoundsSetting& setting);
/// The largest term of the certificate, in words.
std::string dominating_term(const RunBounds& bounds);
/// What a link costs: E b^2 / (2 n a).
double price_of(const Link& link, double samples);
/// "layer 2", "layers 1 to 2".
std::string name_of(const Link& link);

}  // namespace echelon
