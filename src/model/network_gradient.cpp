#include <algorithm>
#include <optional>

#include "echelon/parallel/tree_sum.hpp"
#include "input_slope.hpp"
#include "network_parts.hpp"
#include "output_slope.hpp"

namespace echelon {

/// One pass back from the losses to the slopes of the layers from `first` on, leaf by leaf.
template <class Scalar>
class NetworkLoss<Scalar>::Gradient {
 public:
  Gradient(const Parts& parts, std::span<const Branch> path, const Weights<Real>& weights,
           std::size_t first)
      : parts_(parts),
        path_(path),
        weights_(weights),
        first_(first),
        last_(parts, path.back(), weights.back()),
        sums_(weights.size()) {
    if (first == 0) inputs_.emplace(parts.inputs, static_cast<int>(weights.front().rows()));
    Eigen::Index widest = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      widest = std::max(widest, weights[k].rows());
      if (k >= first) size_ += static_cast<std::size_t>(weights[k].size());
    }
    for (auto* buffer : {&z_, &dz_, &before_})
      *buffer = parts.pool->take(static_cast<std::size_t>(widest) * block_samples);
  }

  std::size_t size() const { return size_; }  ///< of all slopes together

  /// Adds the losses of a leaf's blocks to `sum` and writes the sums of its slopes, layer by layer.
  void leaf(Range blocks, LossSum<Real>& sum, double* out) {
    if (inputs_) inputs_->clear();
    for (std::size_t k = std::max<std::size_t>(1, first_); k < weights_.size(); ++k)
      sums_[k].setZero(weights_[k].rows(), weights_[k].cols());
    for (int b = blocks.begin; b < blocks.end; ++b) block(b, sum);
    if (inputs_) inputs_->read(sums_[0]);
    for (std::size_t k = first_; k < sums_.size(); ++k)
      out = std::copy_n(sums_[k].data(), sums_[k].size(), out);
  }

 private:
  void block(int b, LossSum<Real>& sum) {
    last_(b, Activation::identity, z_.get());
    std::copy_n(z_.get(), weights_.back().rows() * block_samples, dz_.get());
    parts_.sample_loss.add(b, z_.get(), sum);
    parts_.sample_loss.slope(b, dz_.get());
    for (std::size_t k = weights_.size() - 1; k > 0; --k) {
      const auto entering = path_[k]->view(b);
      add_slope(entering, dz_.get(), sums_[k]);
      if (k == first_) return;
      propagate_back(entering, weights_[k], dz_.get(), parts_.network.activation, before_.get());
      std::swap(dz_, before_);
    }
    inputs_->add(parts_.share.blocks.begin + b, dz_.get());
  }

  using Buffer = typename BufferPool<Real>::Buffer;

  const Parts& parts_;
  std::span<const Branch> path_;
  const Weights<Real>& weights_;
  std::size_t first_;
  Pass last_;
  std::optional<InputSlope<Real>> inputs_;  // where the first layer's slope is wanted
  std::vector<Matrix<double>> sums_;        // by layer, of a leaf
  std::size_t size_ = 0;
  Buffer z_, dz_, before_;
};

template <class Scalar>
double NetworkLoss<Scalar>::slopes(std::span<const Branch> path, const Weights<Real>& weights,
                                   std::span<Matrix<double>> out) const {
  require(path.size() == weights.size() && 0 < out.size() && out.size() <= weights.size(),
          ExitCode::internal, "{} branches and {} slopes of {} layers", path.size(), out.size(),
          weights.size());
  const std::size_t first = weights.size() - out.size();
  Gradient gradient(*parts_, path, weights, first);
  LossSum<Real> sum(parts_->grid);
  const Range leaves = parts_->share.leaves;
  std::vector<double> partial(static_cast<std::size_t>(leaves.size()) * gradient.size());
  for (int leaf = 0; leaf < leaves.size(); ++leaf) {
    const Range blocks{leaf * leaf_blocks, std::min((leaf + 1) * leaf_blocks, parts_->blocks())};
    gradient.leaf(blocks, sum, partial.data() + static_cast<std::size_t>(leaf) * gradient.size());
  }
  std::vector<double> total(gradient.size());
  all_leaf_sum(parts_->team, leaves, partial, leaf_count(samples()), total);
  const double* from = total.data();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Matrix<Real>& w = weights[first + i];
    out[i] = Eigen::Map<const Matrix<double>>(from, w.rows(), w.cols()) / samples();
    from += w.size();
  }
  std::vector<LossTotal> totals{sum.total()};
  sum_over(parts_->team, totals);
  return parts_->mean(totals[0]);
}

template double NetworkLoss<float>::slopes(std::span<const Branch>, const Weights<float>&,
                                           std::span<Matrix<double>>) const;
template double NetworkLoss<double>::slopes(std::span<const Branch>, const Weights<double>&,
                                            std::span<Matrix<double>>) const;

}  // namespace echelon
