#include "echelon/model/network_loss.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <utility>

#include "network_parts.hpp"

namespace echelon {

namespace {

// How many blocks a lone rank computes between two looks at a bound, and in how many stages a team
// does, which has to talk at each.
constexpr int look_every = 8;
constexpr int team_stages = 12;

int stages(int blocks, const Communicator& team) {
  if (team.size() > 1) return team_stages;
  return std::max(1, (blocks + look_every - 1) / look_every);
}

}  // namespace

template <class Scalar>
NetworkLoss<Scalar>::NetworkLoss(const Network& network, const PackedSplit<Real>& split,
                                 const Communicator& team)
    : parts_(std::make_shared<Parts>(network, split, team)) {}

template <class Scalar>
const Network& NetworkLoss<Scalar>::network() const {
  return parts_->network;
}

template <class Scalar>
int NetworkLoss<Scalar>::samples() const {
  return parts_->samples;
}

template <class Scalar>
void NetworkLoss<Scalar>::arrange(std::span<const double> difficulty) const {
  parts_->arrange(difficulty);
}

template <class Scalar>
void NetworkLoss<Scalar>::visit_hardest_first(const Branch& entering_last,
                                              const Matrix<Real>& w_last) const {
  const auto z = parts_->room_for_last();
  const Pass pass(*parts_, entering_last, w_last);
  std::vector<double> losses;
  for (int b = 0; b < parts_->blocks(); ++b) {
    LossSum<Real> sum(parts_->grid);
    pass(b, Activation::identity, z.get());
    parts_->sample_loss.add(b, z.get(), sum);
    losses.push_back(sum.total().value(parts_->grid));
  }
  std::stable_sort(parts_->visits.begin(), parts_->visits.end(), [&](int a, int b) {
    return losses[static_cast<std::size_t>(a)] > losses[static_cast<std::size_t>(b)];
  });
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
  const Range rows = change.row == Change::all ? Range{0, static_cast<int>(w.rows())}
                                               : Range{change.row, change.row + 1};
  // The values keep the parts alive as long as there is something left to compute.
  auto fill = [parts = parts_, pass = std::make_shared<const Pass>(*parts_, entering, w, rows)](
                  int b, Real* out) { (*pass)(b, parts->network.activation, out); };
  auto values = std::make_shared<LazyValues<Real>>(rows.size(), parts_->blocks(), std::move(fill),
                                                   *parts_->pool);
  if (change.row == Change::all)
    return std::make_shared<Activations<Real>>(std::move(values), parts_->arrangement);
  return std::make_shared<Activations<Real>>(*current, change.row, std::move(values), 0,
                                             *parts_->pool);
}

template <class Scalar>
typename NetworkLoss<Scalar>::Branch NetworkLoss<Scalar>::splice(const Branch& current, int row,
                                                                 const Branch& source) const {
  return std::make_shared<Activations<Real>>(*current, row, source->whole(), row, *parts_->pool);
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
  const std::vector<const Matrix<Real>*> same(entering_last.size(), &w_last);
  losses_unless(entering_last, same, out, {}, Refusal::at_the_end);
}

template <class Scalar>
std::vector<bool> NetworkLoss<Scalar>::losses_unless(std::span<const Branch> entering_last,
                                                     std::span<const Matrix<Real>* const> w_last,
                                                     std::span<double> out, const GiveUp& give_up,
                                                     Refusal refusal) const {
  const std::size_t count = out.size();
  require(entering_last.size() == count && w_last.size() == count, ExitCode::internal,
          "{} branches and {} last layers but room for {} losses", entering_last.size(),
          w_last.size(), count);
  const auto z = parts_->room_for_last();
  std::vector<Pass> passes;
  for (std::size_t i = 0; i < count; ++i)
    passes.emplace_back(*parts_, entering_last[i], *w_last[i]);
  std::vector<LossSum<Real>> sums(count, LossSum<Real>(parts_->grid));
  std::vector<LossTotal> totals(count);
  std::vector<bool> given_up(count, false);
  std::vector<std::size_t> going(count);
  std::iota(going.begin(), going.end(), 0);
  const int blocks = parts_->blocks();
  const int looks = give_up && refusal == Refusal::early ? stages(blocks, parts_->team) : 1;
  for (int look = 0; look < looks && !going.empty(); ++look) {
    const Range part = block(blocks, looks, look);
    for (int visit = part.begin; visit < part.end; ++visit) {
      const int b = parts_->visits[static_cast<std::size_t>(visit)];
      const int next = parts_->visits[static_cast<std::size_t>(std::min(visit + 1, blocks - 1))];
      for (const std::size_t i : going) {  // pairs that share a branch meet in the cache
        passes[i](b, Activation::identity, z.get(), next);
        parts_->sample_loss.add(b, z.get(), sums[i]);
      }
    }
    std::transform(sums.begin(), sums.end(), totals.begin(),
                   [](const auto& s) { return s.total(); });
    sum_over(parts_->team, totals);
    if (!give_up) continue;
    std::transform(totals.begin(), totals.end(), out.begin(),
                   [&](const LossTotal& total) { return parts_->mean_of_numbers(total); });
    give_up(out, given_up);
    std::erase_if(going, [&](std::size_t i) { return given_up[i]; });
  }
  for (const std::size_t i : going) out[i] = parts_->mean(totals[i]);
  return given_up;
}

template <class Scalar>
Evaluation NetworkLoss<Scalar>::evaluate(const Branch& entering_last,
                                         const Matrix<Real>& w_last) const {
  const bool labels = parts_->sample_loss.has_labels();
  const auto z = parts_->room_for_last();
  const Pass pass(*parts_, entering_last, w_last);
  LossSum<Real> sum(parts_->grid);
  std::int64_t wrong = 0;
  for (int b = 0; b < parts_->blocks(); ++b) {
    pass(b, Activation::identity, z.get());
    if (labels) wrong += parts_->sample_loss.errors(b, z.get());
    parts_->sample_loss.add(b, z.get(), sum);
  }
  std::vector<LossTotal> total{sum.total()};
  sum_over(parts_->team, total);
  wrong = parts_->team.all_sum(wrong);
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  return {parts_->mean(total[0]), labels ? static_cast<double>(wrong) / samples() : unknown};
}

template class NetworkLoss<float>;
template class NetworkLoss<double>;

}  // namespace echelon
