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
  const int units = static_cast<int>(w_last.cols());
  OutputSlope<Real> slope(static_cast<int>(w_last.rows()), units, *parts_->pool);
  std::vector<LossTotal> totals;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Pass pass(*parts_, entering_last[i], w_last);
    LossSum<Real> sum(parts_->grid);
    const auto add_block = [&](int b) {
      pass(b, Activation::identity, z.get());
      std::copy_n(z.get(), outputs, dz.get());
      parts_->sample_loss.add(b, z.get(), sum);
      parts_->sample_loss.slope(b, dz.get());
      slope.add(entering_last[i]->view(b), dz.get());
    };
    slopes[i].resize(w_last.rows(), w_last.cols());
    parts_->leaf_sum(
        [&](int leaf, std::span<double> row) {
          slope.clear();
          const Range blocks = parts_->share.blocks_of(leaf);
          for (int b = blocks.begin; b < blocks.end; ++b) add_block(b);
          slope.read(row.data());
        },
        {slopes[i].data(), static_cast<std::size_t>(w_last.size())});
    slopes[i] /= samples();
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
