#include "echelon/model/network_loss.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "activations.hpp"
#include "dense_layer.hpp"
#include "echelon/core/error.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/parallel/tree_sum.hpp"
#include "gram.hpp"
#include "input_data.hpp"
#include "sample_loss.hpp"

namespace echelon {

namespace {

constexpr int leaf_blocks = leaf_samples / block_samples;
static_assert(leaf_blocks * block_samples == leaf_samples);

int block_count(int samples) { return (samples + block_samples - 1) / block_samples; }

/// The blocks of a range of leaves; the last leaf may have fewer.
Range blocks_of(Range leaves, int samples) {
  const int all = block_count(samples);
  return {std::min(leaves.begin * leaf_blocks, all), std::min(leaves.end * leaf_blocks, all)};
}

Range checked_leaves(const Network& network, const Split& split, const Communicator& team) {
  require_fit(network, split);
  return block(leaf_count(split.samples), team.size(), team.rank());
}

}  // namespace

template <class Scalar>
struct NetworkLoss<Scalar>::Parts {
  Parts(const Network& net, const Split& split, const Communicator& node, const Communicator& group)
      : network(net),
        team(group),
        samples(split.samples),
        leaves(checked_leaves(net, split, group)),
        blocks(blocks_of(leaves, split.samples)),
        inputs(split, node),
        sample_loss(net, split, blocks.begin, blocks.size()),
        leaf_sum(group, leaves, leaf_count(split.samples)) {}

  /// Rows of phi(W x) for local block b; a null branch is the data.
  void apply(const Branch& entering, int b, const Matrix<Real>& w, Range rows,
             Activation activation, Real* out) const {
    if (entering)
      dense_block(entering->view(b), w, rows.begin, rows.size(), activation, out);
    else
      inputs.apply(blocks.begin + b, w, rows.begin, rows.size(), activation, out);
  }

  /// Calls visit(block, z) with the last layer's values of every local block.
  template <class Visit>
  void for_each_block(const Branch& entering_last, const Matrix<Real>& w, Visit visit) const {
    const int width = network.widths.back();
    const auto scratch = pool->take(static_cast<std::size_t>(width * block_samples));
    for (int b = 0; b < blocks.size(); ++b) {
      apply(entering_last, b, w, {0, width}, Activation::identity, scratch.get());
      visit(b, scratch.get());
    }
  }

  std::vector<double> zero_partials(std::size_t quantities) const {
    return std::vector<double>(static_cast<std::size_t>(leaves.size()) * quantities, 0.0);
  }

  Network network;
  Communicator team;
  int samples;
  Range leaves;  // of this rank
  Range blocks;  // of this rank, out of all
  InputData<Real> inputs;
  SampleLoss<Real> sample_loss;
  LeafSum leaf_sum;
  std::shared_ptr<BufferPool<Real>> pool = std::make_shared<BufferPool<Real>>();
};

template <class Scalar>
NetworkLoss<Scalar>::NetworkLoss(const Network& network, const Split& split,
                                 const Communicator& node, const Communicator& team)
    : parts_(std::make_unique<Parts>(network, split, node, team)) {}

template <class Scalar>
NetworkLoss<Scalar>::~NetworkLoss() = default;
template <class Scalar>
NetworkLoss<Scalar>::NetworkLoss(NetworkLoss&&) noexcept = default;
template <class Scalar>
NetworkLoss<Scalar>& NetworkLoss<Scalar>::operator=(NetworkLoss&&) noexcept = default;

template <class Scalar>
const Network& NetworkLoss<Scalar>::network() const {
  return parts_->network;
}

template <class Scalar>
int NetworkLoss<Scalar>::samples() const {
  return parts_->samples;
}

template <class Scalar>
typename NetworkLoss<Scalar>::Branch NetworkLoss<Scalar>::root() const {
  return nullptr;
}

template <class Scalar>
typename NetworkLoss<Scalar>::Branch NetworkLoss<Scalar>::extend(const Branch& entering, int layer,
                                                                 const Matrix<Real>& w,
                                                                 Change change,
                                                                 const Branch& current) const {
  const Activation activation = parts_->network.activation;
  const int blocks = parts_->blocks.size();
  if (change.row != Change::all) {
    const auto result = std::make_shared<Activations<Real>>(*current, change.row, *parts_->pool);
    for (int b = 0; b < blocks; ++b)
      parts_->apply(entering, b, w, {change.row, change.row + 1}, activation, result->row_block(b));
    return result;
  }
  const int units = parts_->network.widths[static_cast<std::size_t>(layer) + 1];
  const auto count =
      static_cast<std::size_t>(blocks) * static_cast<std::size_t>(units) * block_samples;
  const auto result = std::make_shared<Activations<Real>>(parts_->pool->take(count), units, blocks);
  for (int b = 0; b < blocks; ++b)
    parts_->apply(entering, b, w, {0, units}, activation, result->block(b));
  return result;
}

template <class Scalar>
void NetworkLoss<Scalar>::losses(std::span<const Branch> entering_last, const Matrix<Real>& w_last,
                                 std::span<double> out) const {
  require(entering_last.size() == out.size(), ExitCode::internal,
          "{} branches but room for {} losses", entering_last.size(), out.size());
  std::vector<double> partial = parts_->zero_partials(out.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    parts_->for_each_block(entering_last[i], w_last, [&](int b, const Real* z) {
      partial[static_cast<std::size_t>(b / leaf_blocks) * out.size() + i] +=
          parts_->sample_loss.sum(b, z);
    });
  parts_->leaf_sum(partial, out);
  for (double& value : out) value /= parts_->samples;
}

template <class Scalar>
typename NetworkLoss<Scalar>::Branch NetworkLoss<Scalar>::forward(
    const Weights<Real>& weights) const {
  Branch branch = root();
  for (int layer = 0; layer + 1 < depth(); ++layer)
    branch = extend(branch, layer, weights[static_cast<std::size_t>(layer)], {}, {});
  return branch;
}

template <class Scalar>
Evaluation NetworkLoss<Scalar>::evaluate(const Branch& entering_last,
                                         const Matrix<Real>& w_last) const {
  std::vector<double> partial = parts_->zero_partials(2);
  const bool labels = parts_->sample_loss.has_labels();
  parts_->for_each_block(entering_last, w_last, [&](int b, const Real* z) {
    double* leaf = &partial[static_cast<std::size_t>(b / leaf_blocks) * 2];
    leaf[0] += parts_->sample_loss.sum(b, z);
    if (labels) leaf[1] += parts_->sample_loss.errors(b, z);
  });
  double totals[2];
  parts_->leaf_sum(partial, totals);
  const double error =
      labels ? totals[1] / parts_->samples : std::numeric_limits<double>::quiet_NaN();
  return {totals[0] / parts_->samples, error};
}

template <class Scalar>
Matrix<double> NetworkLoss<Scalar>::outputs(const Branch& entering_last,
                                            const Matrix<Real>& w_last) const {
  const int width = parts_->network.widths.back();
  std::vector<double> mine;
  std::vector<Real> values(static_cast<std::size_t>(width * block_samples));
  parts_->for_each_block(entering_last, w_last, [&](int b, const Real* z) {
    std::copy_n(z, values.size(), values.begin());
    parts_->sample_loss.outputs(values.data());
    for (int lane = 0; lane < parts_->sample_loss.lanes(b); ++lane)
      for (int o = 0; o < width; ++o)
        mine.push_back(
            static_cast<double>(values[static_cast<std::size_t>(o * block_samples + lane)]));
  });
  std::vector<int> counts;
  const int leaves = leaf_count(parts_->samples);
  for (int rank = 0; rank < parts_->team.size(); ++rank) {
    const Range part = block(leaves, parts_->team.size(), rank);
    const int first = std::min(part.begin * leaf_samples, parts_->samples);
    counts.push_back((std::min(part.end * leaf_samples, parts_->samples) - first) * width);
  }
  Matrix<double> all(width, parts_->samples);
  parts_->team.all_gather_varying(mine, counts, {all.data(), static_cast<std::size_t>(all.size())});
  return all;
}

template <class Scalar>
HiddenMoments NetworkLoss<Scalar>::moments(const Branch& entering_last) const {
  require(entering_last != nullptr, ExitCode::internal, "moments need a hidden layer");
  const int blocks = parts_->blocks.size();
  const auto block_of = [&](int b, Matrix<double>& hidden, Matrix<double>& targets) {
    const auto view = entering_last->view(b);
    const int lanes = parts_->sample_loss.lanes(b);
    hidden.resize(view.units, lanes);
    targets.resize(parts_->network.widths.back(), lanes);
    for (int lane = 0; lane < lanes; ++lane) {
      for (int u = 0; u < view.units; ++u)
        hidden(u, lane) = static_cast<double>(view.unit(u)[lane]);
      for (int o = 0; o < targets.rows(); ++o)
        targets(o, lane) = parts_->sample_loss.target(b, lane, o);
    }
  };
  return gram(parts_->team,
              {parts_->samples, blocks, entering_last->units(), parts_->network.widths.back()},
              block_of);
}

template class NetworkLoss<float>;
template class NetworkLoss<double>;

}  // namespace echelon
