#include "echelon/sampler/weight_moves.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "echelon/core/error.hpp"

namespace echelon {

template <class Real>
WeightMoves<Real>::WeightMoves(Prior prior, Proposal proposal, Weights<double> start)
    : prior_(std::move(prior)),
      start_(start.empty() ? prior_.mean : std::move(start)),
      proposal_(proposal) {
  require(!reversible() || prior_.kind == PriorKind::gaussian, ExitCode::usage,
          "a pcn proposal under a flat prior (it needs the draws of a Gaussian one) use full or "
          "unit");
  for (std::size_t k = 0; k < start_.size(); ++k)
    require(prior_.radius.empty() || inside(prior_, static_cast<int>(k), start_[k]),
            ExitCode::usage,
            "the weights that layer {} starts from are outside prior.radius (they have no mass) "
            "start elsewhere or raise the radius",
            k + 1);
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
  return by_row() ? static_cast<int>(prior_.mean[static_cast<std::size_t>(layer)].rows()) : 1;
}

template <class Real>
Change WeightMoves<Real>::change(int, int i) const {
  return by_row() ? Change{i} : Change{};
}

template <class Real>
double WeightMoves<Real>::propose(int layer, Change change, double step, const Matrix<Real>& from,
                                  Matrix<Real>& to, Stream& stream) const {
  const auto k = static_cast<std::size_t>(layer);
  to = from;
  const auto first = change.row == Change::all ? 0 : change.row;
  const auto rows = change.row == Change::all ? from.rows() : 1;
  Matrix<Real> noise(rows, from.cols());
  stream.fill_normal(std::span<Real>(noise.data(), static_cast<std::size_t>(noise.size())));
  auto block = to.middleRows(first, rows);
  if (reversible()) {
    const auto mean = prior_.mean[k].middleRows(first, rows).template cast<Real>();
    const auto keep = static_cast<Real>(std::sqrt(1 - step * step));
    block = mean + keep * (block - mean) + static_cast<Real>(step * prior_.scale[k]) * noise;
  } else {
    block += static_cast<Real>(step) * noise;
  }
  if (!prior_.radius.empty() && !inside(prior_, layer, to))
    return -std::numeric_limits<double>::infinity();
  return reversible() ? 0.0 : log_density_ratio(prior_, layer, from, to, change);
}

template <class Real>
double WeightMoves<Real>::largest_step() const {
  return reversible() ? 1.0 : std::numeric_limits<double>::infinity();
}

template class WeightMoves<float>;
template class WeightMoves<double>;

}  // namespace echelon
