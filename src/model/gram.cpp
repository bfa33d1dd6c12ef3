#include "gram.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace echelon {

namespace {

constexpr std::int64_t not_finite = std::numeric_limits<std::int64_t>::max();

/// The least e with |x| < 2^e for every entry on any rank, or not_finite.
std::int64_t common_exponent(const Communicator& team, double largest) {
  std::int64_t mine = std::numeric_limits<int>::min();
  if (!std::isfinite(largest))
    mine = not_finite;
  else if (largest > 0)
    mine = std::ilogb(largest) + 1;
  return team.all_max(mine);
}

double largest_of(const Matrix<double>& m, double before) {
  if (m.size() == 0) return before;
  const double own = m.cwiseAbs().maxCoeff<Eigen::PropagateNaN>();
  return std::isnan(own) || own > before ? own : before;
}

void add_rounded(const Matrix<double>& m, double scale, std::int64_t* sums) {
  for (Eigen::Index i = 0; i < m.size(); ++i)
    sums[i] += static_cast<std::int64_t>(std::nearbyint(m.data()[i] * scale));
}

std::vector<std::int64_t> sum_over_ranks(const Communicator& team,
                                         const std::vector<std::int64_t>& mine) {
  const std::span<const std::int64_t> values(mine);
  const auto parts = team.gather_bytes(std::as_bytes(values));
  std::vector<std::int64_t> total(mine.size(), 0);
  std::vector<std::int64_t> part(mine.size());
  for (const auto& bytes : parts) {
    std::memcpy(part.data(), bytes.data(), bytes.size());
    std::transform(total.begin(), total.end(), part.begin(), total.begin(), std::plus<>());
  }
  team.broadcast(std::span<std::int64_t>(total));
  return total;
}

Matrix<double> restored(const std::int64_t* sums, int rows, int cols, double quantum) {
  Matrix<double> m(rows, cols);
  for (Eigen::Index i = 0; i < m.size(); ++i) m.data()[i] = static_cast<double>(sums[i]) * quantum;
  return m;
}

}  // namespace

HiddenMoments gram(const Communicator& team, GramShape shape, const GramBlock& block) {
  const int h = shape.hidden, out = shape.outputs;
  Matrix<double> hidden, targets;
  double largest = 0;
  for (int b = 0; b < shape.blocks; ++b) {
    block(b, hidden, targets);
    largest = largest_of(targets, largest_of(hidden, largest));
    if (std::isnan(largest)) break;
  }
  const std::int64_t exponent = common_exponent(team, largest);
  if (exponent == not_finite) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {Matrix<double>::Constant(h, h, nan), Matrix<double>::Constant(h, out, nan), nan,
            shape.samples};
  }
  // A sum over n samples and `out` outputs of products below 2^(2 exponent) stays below 2^62.
  const int room = std::ilogb(static_cast<double>(shape.samples) * out) + 1;
  const int shift = 62 - room - 2 * static_cast<int>(std::max<std::int64_t>(exponent, -400));
  const double scale = std::ldexp(1.0, shift);
  const auto hh = static_cast<std::size_t>(h) * static_cast<std::size_t>(h);
  const auto hy = static_cast<std::size_t>(h) * static_cast<std::size_t>(out);
  std::vector<std::int64_t> sums(hh + hy + 1, 0);
  for (int b = 0; b < shape.blocks; ++b) {
    block(b, hidden, targets);
    add_rounded(hidden * hidden.transpose(), scale, sums.data());
    add_rounded(hidden * targets.transpose(), scale, sums.data() + hh);
    add_rounded(Matrix<double>::Constant(1, 1, targets.squaredNorm()), scale,
                sums.data() + hh + hy);
  }
  const auto total = sum_over_ranks(team, sums);
  return {restored(total.data(), h, h, 1 / scale), restored(total.data() + hh, h, out, 1 / scale),
          static_cast<double>(total.back()) / scale, shape.samples};
}

}  // namespace echelon
