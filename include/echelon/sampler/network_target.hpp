#pragma once

#include <memory>

#include "echelon/model/network_loss.hpp"
#include "echelon/model/prior.hpp"
#include "echelon/sampler/annealed_target.hpp"
#include "echelon/sampler/branch_target.hpp"
#include "echelon/sampler/collapsed_target.hpp"
#include "echelon/sampler/weight_moves.hpp"

namespace echelon {

template <class Real>
using NetworkTarget = BranchTarget<NetworkLoss<Real>, WeightMoves<Real>>;

extern template class BranchTarget<NetworkLoss<float>, WeightMoves<float>>;
extern template class BranchTarget<NetworkLoss<double>, WeightMoves<double>>;

template <class Real>
using AnnealedNetworkTarget = AnnealedTarget<NetworkLoss<Real>, WeightMoves<Real>>;

extern template class AnnealedTarget<NetworkLoss<float>, WeightMoves<float>>;
extern template class AnnealedTarget<NetworkLoss<double>, WeightMoves<double>>;

template <class Real>
using CollapsedNetworkTarget = CollapsedTarget<NetworkLoss<Real>, WeightMoves<Real>>;

extern template class CollapsedTarget<NetworkLoss<float>, WeightMoves<float>>;
extern template class CollapsedTarget<NetworkLoss<double>, WeightMoves<double>>;

/// What a run records of one draw of a network's weights, for any estimator.
/// Scalars: train_loss, train_error, test_loss, test_error (NaN without test data or labels), lp;
/// per layer: deviation_norm = ||W_k - M_k||_2 and spectral_norm = ||W_k||_2.
///     lp = log Q(w) - L(w) / a_d,   with log Q up to its constant
/// is the log density of the ordinary Gibbs law at temperature a_d; at theta < 1 the multi-scale
/// density has in addition the factors Z_k^(theta - 1), which no observer knows.
template <class Real>
class NetworkObserver {
 public:
  /// `test` may be null.
  NetworkObserver(std::shared_ptr<const NetworkLoss<Real>> train,
                  std::shared_ptr<const NetworkLoss<Real>> test, Prior prior,
                  double last_temperature);

  /// Collective over the team. `entering_last` is the training branch of these weights.
  Archive statistics(const Weights<Real>& weights,
                     const typename NetworkLoss<Real>::Branch& entering_last) const;
  /// "W1", "W2", ...: (out, in), row by row.
  Archive weights(const Weights<Real>& weights) const;

  /// Both, as a target takes them.
  DrawObserver<NetworkLoss<Real>> observer() const;

 private:
  std::shared_ptr<const NetworkLoss<Real>> train_, test_;
  Prior prior_;
  double last_temperature_;
};

}  // namespace echelon
