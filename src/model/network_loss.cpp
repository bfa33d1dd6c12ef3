#include "echelon/model/network_loss.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "activations.hpp"
#include "dense_layer.hpp"
#include "echelon/core/error.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/parallel/tree_sum.hpp"
#include "gram.hpp"
#include "input_layer.hpp"
#include "output_slope.hpp"
#include "sample_loss.hpp"

namespace echelon {

namespace {

constexpr int leaf_blocks = leaf_samples / block_samples;
static_assert(leaf_blocks * block_samples == leaf_samples);

// Inputs arrive as floats: for float kernels a grid may be off by their rounding, as 1/255 is.
template <class Real>
constexpr double input_tolerance = std::is_same_v<Real, float> ? 0x1p-24 : 0;

Range leaves_of(int samples, const Communicator& team, int rank) {
  return block(leaf_count(samples), team.size(), rank);
}

Range samples_of(Range leaves, int samples) {
  return {std::min(leaves.begin * leaf_samples, samples),
          std::min(leaves.end * leaf_samples, samples)};
}

/// The blocks of a range of leaves; the last leaf may have fewer.
Range blocks_of(Range leaves, int samples) {
  const Range part = samples_of(leaves, samples);
  const auto up = [](int count) { return (count + block_samples - 1) / block_samples; };
  return {up(part.begin), up(part.end)};
}

/// The network, once it is known to fit the data.
const Network& fitting(const Network& network, const Split& split) {
  require_fit(network, split);
  return network;
}

using LaneSums = std::array<double, block_samples>;

/// Their sum along a fixed tree; leaves zeros.
double take_sum(LaneSums& sums) {
  for (std::size_t half = block_samples / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  const double sum = sums[0];
  sums.fill(0);
  return sum;
}

}  // namespace

template <class Scalar>
struct NetworkLoss<Scalar>::Parts {
  Parts(const Network& net, const Split& split, const Communicator& node, const Communicator& group)
      : network(fitting(net, split)),
        team(group),
        samples(split.samples),
        leaves(leaves_of(samples, group, group.rank())),
        blocks(blocks_of(leaves, samples)),
        inputs(split, node, input_tolerance<Real>),
        sample_loss(network, split, inputs.order(), blocks),
        leaf_sum(group, leaves, leaf_count(samples)) {}

  typename BufferPool<Real>::Buffer room_for_last() const {
    return pool->take(static_cast<std::size_t>(network.widths.back()) * block_samples);
  }
  std::size_t leaf_total() const { return static_cast<std::size_t>(leaves.size()); }

  /// Calls on_block for the blocks of this rank in order, on_leaf(0, 1, ...) after each leaf's.
  template <class OnBlock, class OnLeaf>
  void walk(OnBlock on_block, OnLeaf on_leaf) const {
    for (int leaf = 0; leaf < leaves.size(); ++leaf) {
      const int end = std::min((leaf + 1) * leaf_blocks, blocks.size());
      for (int b = leaf * leaf_blocks; b < end; ++b) on_block(b);
      on_leaf(static_cast<std::size_t>(leaf));
    }
  }

  Network network;
  Communicator team;
  int samples;
  Range leaves;  // of this rank
  Range blocks;  // of this rank, out of all
  InputData inputs;
  SampleLoss<Real> sample_loss;
  LeafSum leaf_sum;
  std::shared_ptr<BufferPool<Real>> pool = std::make_shared<BufferPool<Real>>();
};

/// The given rows of one layer under w, block by block of this rank; a null branch is the data.
template <class Scalar>
class NetworkLoss<Scalar>::Pass {
 public:
  Pass(const Parts& parts, const Branch& entering, const Matrix<Real>& w, Range rows)
      : first_(parts.blocks.begin), entering_(entering.get()), w_(&w), rows_(rows) {
    const int inputs = entering ? entering->units() : parts.inputs.features();
    require(w.cols() == inputs && rows.begin >= 0 && rows.end <= w.rows(), ExitCode::internal,
            "rows {} to {} of a {} x {} matrix do not fit a layer of {} inputs", rows.begin,
            rows.end, w.rows(), w.cols(), inputs);
    if (!entering) input_.emplace(parts.inputs, w, rows, *parts.pool);
  }
  /// All rows.
  Pass(const Parts& parts, const Branch& entering, const Matrix<Real>& w)
      : Pass(parts, entering, w, {0, static_cast<int>(w.rows())}) {}

  void operator()(int b, Activation activation, Real* out) const {
    if (input_)
      input_->apply(first_ + b, activation, out);
    else
      dense_block(entering_->view(b), *w_, rows_, activation, out);
  }

 private:
  int first_;
  const Activations<Real>* entering_;
  const Matrix<Real>* w_;
  Range rows_;
  std::optional<InputLayer<Real>> input_;
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
  require(layer >= 0 && layer + 1 < depth() && (layer == 0) == (entering == nullptr),
          ExitCode::internal, "no branch leaves layer {} of {} this way", layer, depth());
  const Activation activation = network().activation;
  const int blocks = parts_->blocks.size();
  if (change.row != Change::all) {
    const Pass pass(*parts_, entering, w, {change.row, change.row + 1});
    const auto result = std::make_shared<Activations<Real>>(*current, change.row, *parts_->pool);
    for (int b = 0; b < blocks; ++b) pass(b, activation, result->row_block(b));
    return result;
  }
  const int units = static_cast<int>(w.rows());
  const Pass pass(*parts_, entering, w);
  const auto result = std::make_shared<Activations<Real>>(units, blocks, *parts_->pool);
  for (int b = 0; b < blocks; ++b) pass(b, activation, result->block(b));
  return result;
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
void NetworkLoss<Scalar>::losses(std::span<const Branch> entering_last, const Matrix<Real>& w_last,
                                 std::span<double> out) const {
  const std::size_t count = out.size();
  require(entering_last.size() == count, ExitCode::internal, "{} branches but room for {} losses",
          entering_last.size(), count);
  const auto z = parts_->room_for_last();
  std::vector<Pass> passes;
  for (const Branch& branch : entering_last) passes.emplace_back(*parts_, branch, w_last);
  std::vector<LaneSums> sums(count);
  std::vector<double> partial(parts_->leaf_total() * count);
  parts_->walk(
      [&](int b) {
        for (std::size_t i = 0; i < count; ++i) {  // branches that share memory meet in the cache
          passes[i](b, Activation::identity, z.get());
          parts_->sample_loss.add(b, z.get(), sums[i].data());
        }
      },
      [&](std::size_t leaf) {
        for (std::size_t i = 0; i < count; ++i) partial[leaf * count + i] = take_sum(sums[i]);
      });
  parts_->leaf_sum(partial, out);
  for (double& value : out) value /= samples();
}

template <class Scalar>
void NetworkLoss<Scalar>::losses(std::span<const Branch> entering_last, const Matrix<Real>& w_last,
                                 std::span<double> out, std::span<Matrix<double>> slopes) const {
  require(depth() > 1, ExitCode::usage,
          "a slope in the last of {} layers (it needs a hidden layer) use full or unit", depth());
  const auto z = parts_->room_for_last(), dz = parts_->room_for_last();
  const auto outputs = static_cast<std::size_t>(w_last.rows()) * block_samples;
  const auto size = static_cast<std::size_t>(w_last.size());
  std::vector<double> partial(parts_->leaf_total() * (size + 1)), total(size + 1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Pass pass(*parts_, entering_last[i], w_last);
    LaneSums sums{};
    Matrix<double>& slope = slopes[i];
    slope.setZero(w_last.rows(), w_last.cols());
    parts_->walk(
        [&](int b) {
          pass(b, Activation::identity, z.get());
          std::copy_n(z.get(), outputs, dz.get());
          parts_->sample_loss.add(b, z.get(), sums.data());
          parts_->sample_loss.slope(b, dz.get());
          add_slope(entering_last[i]->view(b), dz.get(), slope);
        },
        [&](std::size_t leaf) {
          double* own = partial.data() + leaf * (size + 1);
          *own = take_sum(sums);
          std::copy_n(slope.data(), size, own + 1);
          slope.setZero();
        });
    parts_->leaf_sum(partial, total);
    out[i] = total[0] / samples();
    std::copy_n(total.data() + 1, size, slope.data());
    slope /= samples();
  }
}

template <class Scalar>
Evaluation NetworkLoss<Scalar>::evaluate(const Branch& entering_last,
                                         const Matrix<Real>& w_last) const {
  const bool labels = parts_->sample_loss.has_labels();
  const auto z = parts_->room_for_last();
  const Pass pass(*parts_, entering_last, w_last);
  LaneSums sums{};
  int wrong = 0;
  std::vector<double> partial(parts_->leaf_total() * 2);
  parts_->walk(
      [&](int b) {
        pass(b, Activation::identity, z.get());
        if (labels) wrong += parts_->sample_loss.errors(b, z.get());
        parts_->sample_loss.add(b, z.get(), sums.data());
      },
      [&](std::size_t leaf) {
        partial[2 * leaf] = take_sum(sums);
        partial[2 * leaf + 1] = std::exchange(wrong, 0);
      });
  double totals[2];
  parts_->leaf_sum(partial, totals);
  const double error = labels ? totals[1] / samples() : std::numeric_limits<double>::quiet_NaN();
  return {totals[0] / samples(), error};
}

template <class Scalar>
Matrix<double> NetworkLoss<Scalar>::outputs(const Branch& entering_last,
                                            const Matrix<Real>& w_last) const {
  const int width = network().widths.back();
  const auto z = parts_->room_for_last();
  const Pass pass(*parts_, entering_last, w_last);
  const Communicator& team = parts_->team;
  std::vector<int> counts;
  for (int rank = 0; rank < team.size(); ++rank)
    counts.push_back(width * samples_of(leaves_of(samples(), team, rank), samples()).size());
  Matrix<double> mine(width, counts[static_cast<std::size_t>(team.rank())] / width);
  for (int b = 0; b < parts_->blocks.size(); ++b) {
    pass(b, Activation::identity, z.get());
    for (int lane = 0; lane < parts_->sample_loss.lanes(b); ++lane)
      parts_->sample_loss.outputs(z.get() + lane, mine.col(b * block_samples + lane).data());
  }
  Matrix<double> packed(width, samples()), all(width, samples());
  team.all_gather_varying({mine.data(), static_cast<std::size_t>(mine.size())}, counts,
                          {packed.data(), static_cast<std::size_t>(packed.size())});
  const auto order = parts_->inputs.order();
  for (int place = 0; place < samples(); ++place)
    all.col(order[static_cast<std::size_t>(place)]) = packed.col(place);
  return all;
}

template <class Scalar>
HiddenMoments NetworkLoss<Scalar>::moments(const Branch& entering_last) const {
  require(entering_last != nullptr, ExitCode::internal, "moments need a hidden layer");
  const int hidden = entering_last->units();
  const int out = network().widths.back();
  return gram(parts_->team, {samples(), parts_->blocks.size(), hidden, out},
              [&](int b, Matrix<double>& h, Matrix<double>& y) {
                const auto view = entering_last->view(b);
                const int lanes = parts_->sample_loss.lanes(b);
                h.resize(hidden, lanes);
                y.resize(out, lanes);
                for (int lane = 0; lane < lanes; ++lane) {
                  for (int u = 0; u < hidden; ++u)
                    h(u, lane) = static_cast<double>(view.unit(u)[lane]);
                  for (int o = 0; o < out; ++o) y(o, lane) = parts_->sample_loss.target(b, lane, o);
                }
              });
}

template class NetworkLoss<float>;
template class NetworkLoss<double>;

}  // namespace echelon
