#include "gram.hpp"
#include "network_parts.hpp"

namespace echelon {

namespace {

/// Columns of all samples, in the split's order, on every rank; `write(b, columns)` gives those of
/// one block of this rank. Collective over the team.
template <class Parts, class Write>
Matrix<double> gathered(const Parts& parts, int rows, Write write) {
  const Communicator& team = parts.team;
  std::vector<int> counts;
  for (int rank = 0; rank < team.size(); ++rank)
    counts.push_back(rows * Share(parts.samples, team.size(), rank).sample_count(parts.samples));
  Matrix<double> mine(rows, counts[static_cast<std::size_t>(team.rank())] / rows);
  for (int b = 0; b < parts.blocks(); ++b)
    write(b, mine.middleCols(b * block_samples, parts.sample_loss.lanes(b)));
  Matrix<double> packed(rows, parts.samples), all(rows, parts.samples);
  team.all_gather_varying({mine.data(), static_cast<std::size_t>(mine.size())}, counts,
                          {packed.data(), static_cast<std::size_t>(packed.size())});
  const auto order = parts.inputs.order();
  for (int place = 0; place < parts.samples; ++place)
    all.col(order[static_cast<std::size_t>(place)]) = packed.col(place);
  return all;
}

}  // namespace

template <class Scalar>
Matrix<double> NetworkLoss<Scalar>::outputs(const Branch& entering_last,
                                            const Matrix<Real>& w_last) const {
  const auto z = parts_->room_for_last();
  const Pass pass(*parts_, entering_last, w_last);
  return gathered(*parts_, network().widths.back(), [&](int b, auto columns) {
    pass(b, Activation::identity, z.get());
    for (Eigen::Index lane = 0; lane < columns.cols(); ++lane)
      parts_->sample_loss.outputs(z.get() + lane, columns.col(lane).data());
  });
}

template <class Scalar>
std::vector<double> NetworkLoss<Scalar>::sample_losses(const Branch& entering_last,
                                                       const Matrix<Real>& w_last) const {
  const auto z = parts_->room_for_last();
  const Pass pass(*parts_, entering_last, w_last);
  Real losses[block_samples];
  const Matrix<double> all = gathered(*parts_, 1, [&](int b, auto columns) {
    pass(b, Activation::identity, z.get());
    parts_->sample_loss.losses(b, z.get(), losses);
    for (Eigen::Index lane = 0; lane < columns.cols(); ++lane)
      columns(0, lane) = static_cast<double>(losses[lane]);
  });
  return {all.data(), all.data() + all.size()};
}

template <class Scalar>
HiddenMoments NetworkLoss<Scalar>::moments(const Branch& entering_last) const {
  require(entering_last != nullptr, ExitCode::internal, "moments need a hidden layer");
  const int hidden = entering_last->units();
  const int out = network().widths.back();
  return gram(parts_->team, {samples(), parts_->blocks(), hidden, out},
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

// The other members are instantiated where they are defined.
template Matrix<double> NetworkLoss<float>::outputs(const Branch&, const Matrix<float>&) const;
template Matrix<double> NetworkLoss<double>::outputs(const Branch&, const Matrix<double>&) const;
template std::vector<double> NetworkLoss<float>::sample_losses(const Branch&,
                                                               const Matrix<float>&) const;
template std::vector<double> NetworkLoss<double>::sample_losses(const Branch&,
                                                                const Matrix<double>&) const;
template HiddenMoments NetworkLoss<float>::moments(const Branch&) const;
template HiddenMoments NetworkLoss<double>::moments(const Branch&) const;

}  // namespace echelon
