#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "activations.hpp"
#include "dense_layer.hpp"
#include "echelon/core/error.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/model/network_loss.hpp"
#include "echelon/parallel/tree_sum.hpp"
#include "input_layer.hpp"
#include "loss_sum.hpp"
#include "sample_loss.hpp"

namespace echelon {

inline constexpr int leaf_blocks = leaf_samples / block_samples;
static_assert(leaf_blocks * block_samples == leaf_samples);

/// The leaves of samples that one rank of a team works on, and their blocks; the last leaf may have
/// fewer.
struct Share {
  Range leaves;
  Range blocks;  ///< out of all

  Share(int samples, int ranks, int rank) : leaves(block(leaf_count(samples), ranks, rank)) {
    const auto blocks_before = [&](int leaf) {
      return (std::min(leaf * leaf_samples, samples) + block_samples - 1) / block_samples;
    };
    blocks = {blocks_before(leaves.begin), blocks_before(leaves.end)};
  }

  /// Those of one of its leaves, counted from its first.
  Range blocks_of(int leaf) const {
    const int begin = (leaf - leaves.begin) * leaf_blocks;
    return {begin, std::min(begin + leaf_blocks, blocks.size())};
  }

  int sample_count(int samples) const {
    return std::min(leaves.end * leaf_samples, samples) -
           std::min(leaves.begin * leaf_samples, samples);
  }

  /// Its blocks, counted from its first, in the order in which losses visit them at first: the
  /// first block of every leaf, then the second of every leaf, and so on.
  std::vector<int> visits() const {
    std::vector<int> result;
    for (int slot = 0; slot < leaf_blocks; ++slot)
      for (int b = slot; b < blocks.size(); b += leaf_blocks) result.push_back(b);
    return result;
  }
};

/// Sums over the team, three numbers a total.
inline void sum_over(const Communicator& team, std::vector<LossTotal>& totals) {
  std::vector<std::int64_t> flat;
  for (const LossTotal& t : totals) flat.insert(flat.end(), {t.whole, t.fine, t.not_numbers});
  team.all_sum(flat);
  for (std::size_t i = 0; i < totals.size(); ++i)
    totals[i] = {flat[3 * i], flat[3 * i + 1], flat[3 * i + 2]};
}

template <class Scalar>
struct NetworkLoss<Scalar>::Parts {
  using Fill = typename LazyValues<Real>::Fill;

  Parts(const Network& net, const PackedSplit<Real>& split, const Communicator& group)
      : network(fitting(net, split.answers_)),
        team(group),
        samples(split.answers_.samples),
        share(samples, group.size(), group.rank()),
        visits(share.visits()),
        leaf_sum(group, share.leaves, leaf_count(samples)),
        grid(samples),
        answers(split.answers_),
        shared_inputs(split.inputs_),
        inputs(*shared_inputs),
        arrangement(inputs.arrangement()),
        sample_loss(network, answers, inputs.order(), share.blocks) {}

  void arrange(std::span<const double> difficulty) {
    shared_inputs->arrange(difficulty);
    sample_loss = {network, answers, inputs.order(), share.blocks};
    visits = share.visits();
    arrangement = inputs.arrangement();
  }

  /// The network, once it is known to fit the data.
  static const Network& fitting(const Network& network, const Split& split) {
    require_fit(network, split);
    return network;
  }

  int blocks() const { return share.blocks.size(); }
  double mean_of_numbers(const LossTotal& total) const { return total.value(grid) / samples; }
  double mean(const LossTotal& total) const {
    return total.not_numbers > 0 ? std::numeric_limits<double>::quiet_NaN()
                                 : mean_of_numbers(total);
  }
  typename BufferPool<Real>::Buffer room_for_last() const {
    return pool->take(static_cast<std::size_t>(network.widths.back()) * block_samples);
  }

  Network network;
  Communicator team;
  int samples;
  Share share;
  std::vector<int> visits;
  LeafSum leaf_sum;
  LossGrid grid;
  Split answers;
  std::shared_ptr<InputData> shared_inputs;
  const InputData& inputs;
  int arrangement;  ///< of the inputs that the rest follows: branches of before are void
  SampleLoss<Real> sample_loss;
  std::shared_ptr<BufferPool<Real>> pool = std::make_shared<BufferPool<Real>>();
};

/// The given rows of one layer under w, block by block of this rank; a null branch is the data.
template <class Scalar>
class NetworkLoss<Scalar>::Pass {
 public:
  Pass(const Parts& parts, const Branch& entering, const Matrix<Real>& w, Range rows)
      : parts_(&parts), entering_(entering), rows_(rows), arrangement_(parts.arrangement) {
    const int inputs = entering ? entering->units() : parts.inputs.features();
    require(w.cols() == inputs && rows.begin >= 0 && rows.end <= w.rows(), ExitCode::internal,
            "rows {} to {} of a {} x {} matrix do not fit a layer of {} inputs", rows.begin,
            rows.end, w.rows(), w.cols(), inputs);
    if (!entering) {
      input_.emplace(parts.inputs, w, rows, *parts.pool);
      return;
    }
    w_ = w;
    require_current(entering->arrangement());
  }
  /// All rows.
  Pass(const Parts& parts, const Branch& entering, const Matrix<Real>& w)
      : Pass(parts, entering, w, {0, static_cast<int>(w.rows())}) {}

  /// Of block b, when `next` is the one that is wanted after it.
  void operator()(int b, Activation activation, Real* out, int next) const {
    require_current(arrangement_);
    if (input_)
      input_->apply(parts_->share.blocks.begin + b, activation, out);
    else
      dense_block(entering_->view(b), w_, rows_, activation, out, next - b);
  }
  void operator()(int b, Activation activation, Real* out) const {
    (*this)(b, activation, out, std::min(b + 1, parts_->blocks() - 1));
  }

 private:
  void require_current(int arrangement) const {
    require(arrangement == parts_->inputs.arrangement(), ExitCode::internal,
            "a branch of arrangement {} of the samples after {} (make it again)", arrangement,
            parts_->inputs.arrangement());
  }

  const Parts* parts_;
  Branch entering_;
  Matrix<Real> w_;
  Range rows_;
  int arrangement_;
  std::optional<InputLayer<Real>> input_;
};

}  // namespace echelon
