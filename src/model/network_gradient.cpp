#include <algorithm>
#include <optional>

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
        first_(first),
        last_(parts, path.back(), weights.back()),
        turned_(weights.size()) {
    Eigen::Index widest = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const auto rows = static_cast<int>(weights[k].rows());
      widest = std::max(widest, weights[k].rows());
      if (k >= first && k > 0)
        layers_.emplace_back(rows, static_cast<int>(weights[k].cols()), *parts.pool);
      if (k > first) turned_[k] = weights[k].transpose();
    }
    if (first == 0)
      inputs_.emplace(parts.inputs, static_cast<int>(weights.front().rows()), *parts.pool);
    outputs_ = weights.back().rows();
    for (auto* buffer : {&z_, &dz_, &before_})
      *buffer = parts.pool->take(static_cast<std::size_t>(widest) * block_samples);
  }

  /// Adds the losses of a leaf's blocks to `sum` and writes the sums of its slopes, layer by layer.
  void leaf(Range blocks, LossSum<Real>& sum, double* out) {
    if (inputs_) inputs_->clear();
    for (auto& layer : layers_) layer.clear();
    for (int b = blocks.begin; b < blocks.end; ++b) block(b, sum);
    if (inputs_) out = inputs_->read(out);
    for (const auto& layer : layers_) out = layer.read(out);
  }

 private:
  void block(int b, LossSum<Real>& sum) {
    last_(b, Activation::identity, z_.get());
    std::copy_n(z_.get(), outputs_ * block_samples, dz_.get());
    parts_.sample_loss.add(b, z_.get(), sum);
    parts_.sample_loss.slope(b, dz_.get());
    for (std::size_t k = path_.size() - 1; k > 0; --k) {
      const auto entering = path_[k]->view(b);
      layers_[k - std::max<std::size_t>(1, first_)].add(entering, dz_.get());
      if (k == first_) return;
      propagate_back(entering, turned_[k], dz_.get(), parts_.network.activation, before_.get());
      std::swap(dz_, before_);
    }
    inputs_->add(parts_.share.blocks.begin + b, dz_.get());
  }

  using Buffer = typename BufferPool<Real>::Buffer;

  const Parts& parts_;
  std::span<const Branch> path_;
  std::size_t first_;
  Pass last_;
  Weights<Real> turned_;
  std::optional<InputSlope<Real>> inputs_;  // where the first layer's slope is wanted
  std::vector<OutputSlope<Real>> layers_;   // the others that are
  Eigen::Index outputs_ = 0;
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
  std::size_t size = 0;
  for (std::size_t k = first; k < weights.size(); ++k)
    size += static_cast<std::size_t>(weights[k].size());
  std::vector<double> total(size);
  parts_->leaf_sum(
      [&](int leaf, std::span<double> row) {
        gradient.leaf(parts_->share.blocks_of(leaf), sum, row.data());
      },
      total);
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

template <class Scalar>
void NetworkLoss<Scalar>::losses(std::span<const Branch> entering_last, const Matrix<Real>& w_last,
                                 std::span<double> out, std::span<Matrix<double>> slopes) const {
  require(depth() > 1, ExitCode::usage,
          "a slope in the last of {} layers (it needs a hidden layer) use full or unit", depth());
  const auto layers = static_cast<std::size_t>(depth());
  std::vector<Branch> path(layers);  // of the layers before the last, nothing is asked
  Weights<Real> weights(layers);
  weights.back() = w_last;
  for (std::size_t i = 0; i < out.size(); ++i) {
    path.back() = entering_last[i];
    out[i] = this->slopes(path, weights, slopes.subspan(i, 1));
  }
}

template void NetworkLoss<float>::losses(std::span<const Branch>, const Matrix<float>&,
                                         std::span<double>, std::span<Matrix<double>>) const;
template void NetworkLoss<double>::losses(std::span<const Branch>, const Matrix<double>&,
                                          std::span<double>, std::span<Matrix<double>>) const;
template double NetworkLoss<float>::slopes(std::span<const Branch>, const Weights<float>&,
                                           std::span<Matrix<double>>) const;
template double NetworkLoss<double>::slopes(std::span<const Branch>, const Weights<double>&,
                                            std::span<Matrix<double>>) const;

}  // namespace echelon
