#pragma once

#include "echelon/model/prior.hpp"
#include "echelon/sampler/moves.hpp"

namespace echelon {

/// What a proposal replaces and how: all of a layer or one row (one unit), by a symmetric Gaussian
/// step or by a prior-reversible one.
enum class Proposal { full, unit, pcn, unit_pcn };

/// Moves of a network's weights under its prior (models MovesOf). With xi standard normal,
///     full, unit:     w' = w + step xi                          (step: a standard deviation)
///     pcn, unit_pcn:  w' = M + sqrt(1 - step^2) (w - M) + step scale xi,   0 < step <= 1
/// (Neal 1998; Cotter et al. 2013). A proposal outside the prior's radius returns -infinity.
template <class Real>
class WeightMoves {
 public:
  /// Replicas that do not start from the prior start at `start`, by default the prior's reference
  /// matrices. Error(usage) for pCN under a flat prior.
  WeightMoves(Prior prior, Proposal proposal, Weights<double> start = {});

  /// Error(usage) for a flat prior, which has no draws.
  void draw(int layer, Stream& stream, Matrix<Real>& w) const;
  Matrix<Real> reference(int layer) const;
  int changes(int layer) const;
  Change change(int layer, int i) const;
  double propose(int layer, Change change, double step, const Matrix<Real>& from, Matrix<Real>& to,
                 Stream& stream) const;

  /// The largest step that makes sense: 1 for pCN.
  double largest_step() const;
  const Prior& prior() const { return prior_; }

 private:
  bool by_row() const { return proposal_ == Proposal::unit || proposal_ == Proposal::unit_pcn; }
  bool reversible() const { return proposal_ == Proposal::pcn || proposal_ == Proposal::unit_pcn; }

  Prior prior_;
  Weights<double> start_;
  Proposal proposal_;
};

}  // namespace echelon
