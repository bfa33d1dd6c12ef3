#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "echelon/core/matrix.hpp"
#include "echelon/model/change.hpp"
#include "echelon/model/hidden_moments.hpp"
#include "echelon/model/network.hpp"
#include "echelon/model/packed_split.hpp"
#include "echelon/model/refusal.hpp"
#include "echelon/parallel/communicator.hpp"

namespace echelon {

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
/// rank's share of the samples, computed when they are first needed. Samples are reordered, at
/// first by a fixed function of the data, and go to the team in leaves of leaf_samples; losses are
/// added up in 64-bit fixed point, rounded to 2^-52 n each, and no sum within a sample depends on
/// what it is computed for. So every result is bitwise the same for any team size, and for a row
/// change as for the whole layer. The mean of losses that are not all finite is NaN; a loss beyond
/// 2^51 / n counts as infinite. One per thread and process; branches may outlive it.
template <class Scalar>
class NetworkLoss {
 public:
  using Real = Scalar;
  using Branch = std::shared_ptr<const Activations<Scalar>>;

  /// Collective over the team. Error(data) when the data does not fit the network.
  NetworkLoss(const Network& network, const PackedSplit<Real>& split, const Communicator& team);
  /// Packs the split for itself. Collective over node and team.
  NetworkLoss(const Network& network, const Split& split, const Communicator& node,
              const Communicator& team)
      : NetworkLoss(network, PackedSplit<Real>(split, node), team) {}

  const Network& network() const;
  int depth() const { return network().depth(); }
  int samples() const;  ///< of all ranks

  /// What enters layer 0: the data.
  Branch root() const;
  /// What leaves layer `layer` under w and enters the next; see LayeredLoss. Not for the last
  /// layer.
  Branch extend(const Branch& entering, int layer, const Matrix<Real>& w, Change change,
                const Branch& current) const;
  /// `current` with one row as it is in `source`: both left the same layer from the same branch,
  /// `source` by a change of all rows.
  Branch splice(const Branch& current, int row, const Branch& source) const;
  /// out[i] = mean loss of branch i under w_last. Collective over the team, once for all branches.
  void losses(std::span<const Branch> entering_last, const Matrix<Real>& w_last,
              std::span<double> out) const;

  /// The same, with slopes[i] = d out[i] / d w_last, (outputs x hidden). Error(usage) without a
  /// hidden layer. Collective over the team, branch by branch.
  void losses(std::span<const Branch> entering_last, const Matrix<Real>& w_last,
              std::span<double> out, std::span<Matrix<double>> slopes) const;

  /// The mean loss of these weights, the same bits as losses(), and its slopes in the last
  /// out.size() layers; path[k] is the branch that enters layer k under them. Collective over the
  /// team.
  double slopes(std::span<const Branch> path, const Weights<Real>& weights,
                std::span<Matrix<double>> out) const;

  /// The losses for pairs of a branch and a last layer, but for those that `give_up` marks when it
  /// is told lower bounds of all losses (mean over all samples of what has been added up so far):
  /// their `out` is unspecified. It is asked of the complete sums in any case, at Refusal::early
  /// also of incomplete ones. A rule that stays true when losses grow gives the same answer,
  /// whenever it is asked. Returns what was marked. Pairs that share a branch read it once.
  /// Collective over the team.
  std::vector<bool> losses_unless(std::span<const Branch> entering_last,
                                  std::span<const Matrix<Real>* const> w_last,
                                  std::span<double> out, const GiveUp& give_up,
                                  Refusal refusal) const;

  /// Reorders the samples in memory so that the most difficult ones, those with the largest losses,
  /// are added up first, which is what lets a proposal be refused early. No loss and no activation
  /// changes a bit, but every branch made before is void (Error(internal) where it is used), and
  /// moments and slopes may change in rounding. Collective over the node and the team.
  void arrange(std::span<const double> difficulty) const;

  /// The same at the cost of a move of the last layer, in whole blocks and without voiding
  /// anything: adds up first those blocks whose losses are the largest under these weights.
  void visit_hardest_first(const Branch& entering_last, const Matrix<Real>& w_last) const;

  /// The branch that enters the last layer under these weights (all d of them, or all but the
  /// last).
  Branch forward(const Weights<Real>& weights) const;
  /// Mean loss and 0-1 error. Collective over the team.
  Evaluation evaluate(const Branch& entering_last, const Matrix<Real>& w_last) const;
  /// The network's outputs, (outputs x samples), on every rank. Collective over the team.
  Matrix<double> outputs(const Branch& entering_last, const Matrix<Real>& w_last) const;
  /// The loss of every sample, in the order of the split, on every rank. Collective over the team.
  std::vector<double> sample_losses(const Branch& entering_last, const Matrix<Real>& w_last) const;
  /// What a linear last layer needs of the samples. Collective over the team.
  HiddenMoments moments(const Branch& entering_last) const;

 private:
  struct Parts;
  class Pass;
  class Gradient;
  std::shared_ptr<Parts> parts_;
};

}  // namespace echelon
