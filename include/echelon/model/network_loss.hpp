#pragma once

#include <memory>
#include <span>

#include "echelon/core/matrix.hpp"
#include "echelon/model/change.hpp"
#include "echelon/model/hidden_moments.hpp"
#include "echelon/model/network.hpp"
#include "echelon/parallel/communicator.hpp"

namespace echelon {

struct Split;
template <class Real>
class Activations;

/// Means over the samples of one set of weights: the loss (NaN when the data has neither labels nor
/// targets), and the share of samples whose largest output is not the label (the lowest index wins
/// a tie; NaN without labels).
struct Evaluation {
  double loss = 0;
  double error = 0;
};

/// The mean loss of a network on one data set, layer by layer: a LayeredLoss
/// (sampler/layered_loss.hpp) in float or double. A branch is a handle on the activations of this
/// rank's share of the samples. Samples are reordered once, by a fixed function of the data, and go
/// to the team in leaves of leaf_samples; leaves are summed in double along a fixed tree, and no
/// sum within a sample depends on what it is computed for. So every result is bitwise the same for
/// any team size, and for a row change as for the whole layer. Non-finite losses come out as they
/// are. One per thread and process; copies of branches may outlive it.
template <class Scalar>
class NetworkLoss {
 public:
  using Real = Scalar;
  using Branch = std::shared_ptr<const Activations<Scalar>>;

  /// Collective over node and team. Packs split.inputs (features x samples; read by the node's
  /// leader only) into memory the node shares. Error(data) when the data does not fit the network.
  NetworkLoss(const Network& network, const Split& split, const Communicator& node,
              const Communicator& team);
  ~NetworkLoss();
  NetworkLoss(NetworkLoss&&) noexcept;
  NetworkLoss& operator=(NetworkLoss&&) noexcept;

  const Network& network() const;
  int depth() const { return network().depth(); }
  int samples() const;  ///< of all ranks

  /// What enters layer 0: the data.
  Branch root() const;
  /// What leaves layer `layer` under w and enters the next; see LayeredLoss. Not for the last
  /// layer.
  Branch extend(const Branch& entering, int layer, const Matrix<Real>& w, Change change,
                const Branch& current) const;
  /// out[i] = mean loss of branch i under w_last. Collective over the team, once for all branches.
  void losses(std::span<const Branch> entering_last, const Matrix<Real>& w_last,
              std::span<double> out) const;

  /// The same, with slopes[i] = d out[i] / d w_last, (outputs x hidden). Error(usage) without a
  /// hidden layer.
  void losses(std::span<const Branch> entering_last, const Matrix<Real>& w_last,
              std::span<double> out, std::span<Matrix<double>> slopes) const;

  /// The branch that enters the last layer under these weights (all d of them, or all but the
  /// last).
  Branch forward(const Weights<Real>& weights) const;
  /// Mean loss and 0-1 error. Collective over the team.
  Evaluation evaluate(const Branch& entering_last, const Matrix<Real>& w_last) const;
  /// The network's outputs, (outputs x samples), on every rank. Collective over the team.
  Matrix<double> outputs(const Branch& entering_last, const Matrix<Real>& w_last) const;
  /// What a linear last layer needs of the samples. Collective over the team.
  HiddenMoments moments(const Branch& entering_last) const;

 private:
  struct Parts;
  class Pass;
  std::unique_ptr<Parts> parts_;
};

}  // namespace echelon
