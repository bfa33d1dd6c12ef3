#include "echelon/sampler/weight_moves.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "echelon/core/error.hpp"

namespace echelon {

namespace {

std::vector<Proposal> proposal_of_every_layer(Proposal proposal, std::size_t depth) {
  std::vector<Proposal> all(depth, proposal == Proposal::mala ? Proposal::full : proposal);
  if (!all.empty()) all.back() = proposal;
  return all;
}

}  // namespace

template <class Real>
WeightMoves<Real>::WeightMoves(Prior prior, std::vector<Proposal> proposals, Weights<double> start)
    : prior_(std::move(prior)),
      start_(start.empty() ? prior_.mean : std::move(start)),
      proposals_(std::move(proposals)) {
  const int depth = static_cast<int>(prior_.mean.size());
  require(static_cast<int>(proposals_.size()) == depth, ExitCode::usage,
          "{} proposals for {} layers (give one per layer)", proposals_.size(), depth);
  for (int k = 0; k < depth; ++k) check_layer(k);
}

template <class Real>
void WeightMoves<Real>::check_layer(int k) const {
  const bool drawable = prior_.kind == PriorKind::gaussian;
  require(!reversible(k) || drawable, ExitCode::usage,
          "a pcn proposal under a flat prior (it needs the draws of a Gaussian one) use full, "
          "unit or mala");
  const int depth = static_cast<int>(proposals_.size());
  require(!informed(k) || k + 1 == depth, ExitCode::usage,
          "a mala proposal for layer {} of {} (only the last layer's log density has a known "
          "slope) use full, unit or pcn there",
          k + 1, depth);
  require((of(k) == Proposal::hmc) == guided(), ExitCode::usage,
          "an hmc proposal for some of {} layers (it moves all of them) use it for all or none",
          depth);
  require(!guided() || (drawable && prior_.radius.empty()), ExitCode::usage,
          "an hmc proposal needs a Gaussian prior without a radius (its trajectories turn around "
          "one) use full or unit");
  require(prior_.radius.empty() || inside(prior_, k, start_[static_cast<std::size_t>(k)]),
          ExitCode::usage,
          "the weights that layer {} starts from are outside prior.radius (they have no mass) "
          "start elsewhere or raise the radius",
          k + 1);
}

template <class Real>
WeightMoves<Real>::WeightMoves(Prior prior, Proposal proposal, Weights<double> start)
    : WeightMoves(prior, proposal_of_every_layer(proposal, prior.mean.size()), std::move(start)) {}

template <class Real>
void WeightMoves<Real>::follow(const InputSpectrum& inputs) {
  directions_ = inputs.directions.template cast<Real>();
  inputs_ = inputs;
}

template <class Real>
double WeightMoves<Real>::along(double step, std::size_t direction) const {
  return step / std::sqrt(step * step + (1 - step * step) * inputs_.share[direction]);
}

template <class Real>
NormalFrame WeightMoves<Real>::frame(int layer) const {
  const auto k = static_cast<std::size_t>(layer);
  NormalFrame frame{prior_.mean[k], nullptr, prior_.scale[k], {}};
  frame.share.assign(static_cast<std::size_t>(frame.mean.cols()), 1.0);
  if (layer > 0 || inputs_.share.empty()) return frame;
  frame.directions = &inputs_.directions;
  frame.share = inputs_.share;
  return frame;
}

template <class Real>
void WeightMoves<Real>::draw(int layer, Stream& stream, Matrix<Real>& w) const {
  echelon::draw(prior_, layer, stream, w);
}

template <class Real>
Matrix<Real> WeightMoves<Real>::reference(int layer) const {
  return start_[static_cast<std::size_t>(layer)].template cast<Real>();
}

template <class Real>
int WeightMoves<Real>::changes(int layer) const {
  return by_row(layer) ? static_cast<int>(prior_.mean[static_cast<std::size_t>(layer)].rows()) : 1;
}

template <class Real>
Change WeightMoves<Real>::change(int layer, int i) const {
  return by_row(layer) ? Change{i} : Change{};
}

template <class Real>
StepRule WeightMoves<Real>::step_rule(int layer) const {
  StepRule rule;
  if (guided() || reversible(layer)) rule.largest = 1;
  if (guided()) rule.target_acceptance = 0.7;
  if (informed(layer)) rule.target_acceptance = 0.574;
  rule.target_acceptance = target_acceptance_.value_or(rule.target_acceptance);
  return rule;
}

template <class Real>
double WeightMoves<Real>::propose(int layer, Change change, double step, const Matrix<Real>& from,
                                  Matrix<Real>& to, Stream& stream) const {
  to = from;
  perturb(layer, change, step, from, to, stream);
  return weigh(layer, change, from, to);
}

template <class Real>
void WeightMoves<Real>::perturb(int layer, Change change, double step, const Matrix<Real>& from,
                                Matrix<Real>& to, Stream& stream) const {
  const auto k = static_cast<std::size_t>(layer);
  const auto first = change.row == Change::all ? 0 : change.row;
  const auto rows = change.row == Change::all ? from.rows() : 1;
  Matrix<Real> noise(rows, from.cols());
  stream.fill_normal(std::span<Real>(noise.data(), static_cast<std::size_t>(noise.size())));
  const auto before = from.middleRows(first, rows);
  auto after = to.middleRows(first, rows);
  if (reversible(layer)) {
    const auto mean = prior_.mean[k].middleRows(first, rows).template cast<Real>();
    if (layer == 0 && directions_.size() > 0) {
      Matrix<Real> along = (before - mean) * directions_;
      for (Eigen::Index i = 0; i < along.cols(); ++i) {
        const double here = this->along(step, static_cast<std::size_t>(i));
        along.col(i) = static_cast<Real>(std::sqrt(1 - here * here)) * along.col(i) +
                       static_cast<Real>(here * prior_.scale[k]) * noise.col(i);
      }
      after = mean + along * directions_.transpose();
    } else {
      const auto keep = static_cast<Real>(std::sqrt(1 - step * step));
      after = mean + keep * (before - mean) + static_cast<Real>(step * prior_.scale[k]) * noise;
    }
  } else {
    after = before + static_cast<Real>(step) * noise;
  }
}

template <class Real>
double WeightMoves<Real>::weigh(int layer, Change change, const Matrix<Real>& from,
                                const Matrix<Real>& to) const {
  if (!supported(layer, to)) return -std::numeric_limits<double>::infinity();
  return reversible(layer) ? 0.0 : log_density_ratio(prior_, layer, from, to, change);
}

template <class Real>
double WeightMoves<Real>::log_prior_ratio(int layer, const Matrix<Real>& from,
                                          const Matrix<Real>& to) const {
  if (!supported(layer, to)) return -std::numeric_limits<double>::infinity();
  return log_density_ratio(prior_, layer, from, to);
}

template <class Real>
void WeightMoves<Real>::add_log_prior_slope(int layer, const Matrix<Real>& w, Slope& sum) const {
  if (prior_.kind == PriorKind::flat) return;
  const auto k = static_cast<std::size_t>(layer);
  sum += (prior_.mean[k] - w.template cast<double>()) / (prior_.scale[k] * prior_.scale[k]);
}

template class WeightMoves<float>;
template class WeightMoves<double>;

}  // namespace echelon
