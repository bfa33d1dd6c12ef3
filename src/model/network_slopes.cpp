#include "echelon/parallel/tree_sum.hpp"
#include "network_parts.hpp"
#include "output_slope.hpp"

namespace echelon {

template <class Scalar>
void NetworkLoss<Scalar>::losses(std::span<const Branch> entering_last, const Matrix<Real>& w_last,
                                 std::span<double> out, std::span<Matrix<double>> slopes) const {
  require(depth() > 1, ExitCode::usage,
          "a slope in the last of {} layers (it needs a hidden layer) use full or unit", depth());
  const auto z = parts_->room_for_last(), dz = parts_->room_for_last();
  const auto outputs = static_cast<std::size_t>(w_last.rows()) * block_samples;
  const auto size = static_cast<std::size_t>(w_last.size());
  const Range leaves = parts_->share.leaves;
  std::vector<double> partial(static_cast<std::size_t>(leaves.size()) * size);
  std::vector<LossTotal> totals;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Pass pass(*parts_, entering_last[i], w_last);
    LossSum<Real> sum(parts_->grid);
    Matrix<double>& slope = slopes[i];
    for (int leaf = 0; leaf < leaves.size(); ++leaf) {
      slope.setZero(w_last.rows(), w_last.cols());
      const int end = std::min((leaf + 1) * leaf_blocks, parts_->blocks());
      for (int b = leaf * leaf_blocks; b < end; ++b) {
        pass(b, Activation::identity, z.get());
        std::copy_n(z.get(), outputs, dz.get());
        parts_->sample_loss.add(b, z.get(), sum);
        parts_->sample_loss.slope(b, dz.get());
        add_slope(entering_last[i]->view(b), dz.get(), slope);
      }
      std::copy_n(slope.data(), size, partial.data() + static_cast<std::size_t>(leaf) * size);
    }
    slope.setZero(w_last.rows(), w_last.cols());
    all_leaf_sum(parts_->team, leaves, partial, leaf_count(samples()), {slope.data(), size});
    slope /= samples();
    totals.push_back(sum.total());
  }
  sum_over(parts_->team, totals);
  std::transform(totals.begin(), totals.end(), out.begin(),
                 [&](const LossTotal& total) { return parts_->mean(total); });
}

template void NetworkLoss<float>::losses(std::span<const Branch>, const Matrix<float>&,
                                         std::span<double>, std::span<Matrix<double>>) const;
template void NetworkLoss<double>::losses(std::span<const Branch>, const Matrix<double>&,
                                          std::span<double>, std::span<Matrix<double>>) const;

}  // namespace echelon
