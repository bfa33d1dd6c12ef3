#pragma once

#include <optional>

#include "echelon/model/input_spectrum.hpp"
#include "echelon/model/prior.hpp"
#include "echelon/sampler/moves.hpp"
#include "echelon/sampler/normal_frame.hpp"

namespace echelon {

/// What a proposal replaces and how: all of a layer or one row (one unit), by a symmetric Gaussian
/// step or by a prior-reversible one; mala, for the last layer only: all of it, along the slope of
/// its log density (last_layer.hpp); hmc, for all layers together: trajectories (trajectory.hpp).
enum class Proposal { full, unit, pcn, unit_pcn, mala, hmc };

/// Moves of a network's weights under its prior (models MovesOf). With xi standard normal,
///     full, unit:     w' = w + step xi                          (step: a standard deviation)
///     pcn, unit_pcn:  w' = M + sqrt(1 - step^2) (w - M) + step scale xi,   0 < step <= 1
/// (Neal 1998; Cotter et al. 2013). A proposal outside the prior's radius returns -infinity. Unless
/// told otherwise, steps adapt to an acceptance of 1/4, of mala to .574 (Roberts and Rosenthal
/// 1998), of hmc to .7.
template <class Real>
class WeightMoves {
 public:
  /// One proposal per layer, or the same for all (mala: full for all but the last). Replicas that
  /// do not start from the prior start at `start`, by default the prior's reference matrices.
  /// Error(usage) for pCN and hmc under a flat prior, for mala before the last layer, for hmc
  /// beside other proposals or with a radius.
  WeightMoves(Prior prior, std::vector<Proposal> proposals, Weights<double> start = {});
  WeightMoves(Prior prior, Proposal proposal, Weights<double> start = {});

  /// Makes the pCN (or hmc) steps of layer 1 differ by direction, in the coordinates (w - M) V of
  /// the inputs' spectrum: the direction of share q has step / sqrt(step^2 + (1 - step^2) q), so
  /// that directions the data do not bind are drawn afresh while the strongest takes `step` (after
  /// Cui, Law and Marzouk, J. Comput. Phys. 304:109, 2016). Still reversible for the prior, which
  /// is the same in every direction.
  void follow(const InputSpectrum& inputs);
  /// Lets the steps of all layers adapt to this acceptance, between 0 and 1.
  void tune_for(double acceptance) { target_acceptance_ = acceptance; }

  /// Error(usage) for a flat prior, which has no draws.
  void draw(int layer, Stream& stream, Matrix<Real>& w) const;
  Matrix<Real> reference(int layer) const;
  int changes(int layer) const;
  Change change(int layer, int i) const;
  StepRule step_rule(int layer) const;
  double propose(int layer, Change change, double step, const Matrix<Real>& from, Matrix<Real>& to,
                 Stream& stream) const;
  /// The two halves of propose (models ForesightedMoves).
  void perturb(int layer, Change change, double step, const Matrix<Real>& from, Matrix<Real>& to,
               Stream& stream) const;
  double weigh(int layer, Change change, const Matrix<Real>& from, const Matrix<Real>& to) const;

  bool informed(int layer) const { return of(layer) == Proposal::mala; }
  void add_log_prior_slope(int layer, const Matrix<Real>& w, Slope& sum) const;
  double log_prior_ratio(int layer, const Matrix<Real>& from, const Matrix<Real>& to) const;

  /// hmc: whether these are trajectories; and the frame of a layer, its shares as for pCN steps.
  bool guided() const { return of(0) == Proposal::hmc; }
  NormalFrame frame(int layer) const;

  const Prior& prior() const { return prior_; }

 private:
  Proposal of(int layer) const { return proposals_[static_cast<std::size_t>(layer)]; }
  bool by_row(int layer) const {
    return of(layer) == Proposal::unit || of(layer) == Proposal::unit_pcn;
  }
  bool reversible(int layer) const {
    return of(layer) == Proposal::pcn || of(layer) == Proposal::unit_pcn;
  }
  void check_layer(int k) const;
  double along(double step, std::size_t direction) const;  ///< of the inputs: follow()
  bool supported(int layer, const Matrix<Real>& w) const {
    return prior_.radius.empty() || inside(prior_, layer, w);
  }

  Prior prior_;
  Weights<double> start_;
  std::vector<Proposal> proposals_;  // per layer
  Matrix<Real> directions_;          ///< of layer 1; empty: all alike
  InputSpectrum inputs_;             ///< the same in double, and the share of every direction
  std::optional<double> target_acceptance_;
};

}  // namespace echelon
