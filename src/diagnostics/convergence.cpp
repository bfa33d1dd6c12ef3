#include "echelon/diagnostics/convergence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "echelon/core/error.hpp"
#include "effective_draws.hpp"
#include "moments.hpp"
#include "normal_quantile.hpp"

namespace echelon {

namespace {

using Columns = std::vector<std::vector<double>>;
constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

std::vector<double> pooled(const Columns& chains) {
  std::vector<double> all;
  for (const auto& chain : chains) all.insert(all.end(), chain.begin(), chain.end());
  return all;
}

// The chains, checked; none when the diagnostics are undefined for them.
Columns checked(Chains chains) {
  require(!chains.empty(), ExitCode::internal, "diagnostics need at least one chain");
  Columns columns;
  for (std::size_t c = 0; c < chains.size(); ++c) {
    require(chains[c].size() == chains[0].size(), ExitCode::internal,
            "chain {} has {} draws (chain 0 has {})", c, chains[c].size(), chains[0].size());
    for (std::size_t i = 0; i < chains[c].size(); ++i)
      require(std::isfinite(chains[c][i]), ExitCode::data, "draw {} of chain {} is {}", i, c,
              chains[c][i]);
    columns.emplace_back(chains[c].begin(), chains[c].end());
  }
  if (chains[0].size() < 4 || is_constant(pooled(columns))) columns.clear();
  return columns;
}

Columns split(const Columns& chains) {
  Columns halves;
  for (const auto& chain : chains) {
    const auto half = static_cast<std::ptrdiff_t>(chain.size() / 2);
    halves.emplace_back(chain.begin(), chain.begin() + half);
    halves.emplace_back(chain.end() - half, chain.end());
  }
  return halves;
}

template <class Function>
Columns transformed(Columns chains, Function function) {
  for (auto& chain : chains) std::transform(chain.begin(), chain.end(), chain.begin(), function);
  return chains;
}

// Each draw becomes the normal quantile of (rank - 3/8) / (draws + 1/4); ties share their mean
// rank.
Columns rank_normalised(const Columns& chains) {
  std::vector<double> sorted = pooled(chains);
  std::sort(sorted.begin(), sorted.end());
  const auto draws = static_cast<double>(sorted.size());
  return transformed(chains, [&](double value) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value);
    const auto below = static_cast<double>(first - sorted.begin());
    const auto up_to = static_cast<double>(last - sorted.begin());
    return normal_quantile(((below + 1 + up_to) / 2 - .375) / (draws + .25));
  });
}

// Linear interpolation between order statistics (Hyndman and Fan's type 7).
double quantile(std::vector<double> values, double probability) {
  std::sort(values.begin(), values.end());
  const double at = probability * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

double plain_rhat(const Columns& chains) {
  std::vector<double> means;
  std::vector<double> variances;
  for (const auto& chain : chains) {
    means.push_back(mean(chain));
    variances.push_back(is_constant(chain) ? 0 : variance(chain));
  }
  const auto n = static_cast<double>(chains.front().size());
  const double between = n * variance(means);
  const double within = mean(variances);
  if (within == 0) return between == 0 ? undefined : std::numeric_limits<double>::infinity();
  return std::sqrt((between / within + n - 1) / n);
}

double ess_below(const Columns& chains, double threshold) {
  const Columns below =
      transformed(chains, [&](double value) { return value <= threshold ? 1. : 0.; });
  return is_constant(pooled(below)) ? undefined : effective_draws(split(below));
}

}  // namespace

double rhat(Chains chains) {
  const Columns halves = split(checked(chains));
  if (halves.empty()) return undefined;
  const double median = quantile(pooled(halves), .5);
  const Columns folded = transformed(halves, [&](double x) { return std::abs(x - median); });
  return std::fmax(plain_rhat(rank_normalised(halves)), plain_rhat(rank_normalised(folded)));
}

double ess_bulk(Chains chains) {
  const Columns columns = checked(chains);
  return columns.empty() ? undefined : effective_draws(rank_normalised(split(columns)));
}

double ess_tail(Chains chains) {
  const Columns columns = checked(chains);
  if (columns.empty()) return undefined;
  const std::vector<double> all = pooled(columns);
  return std::fmin(ess_below(columns, quantile(all, .05)), ess_below(columns, quantile(all, .95)));
}

double ess_mean(Chains chains) {
  const Columns columns = checked(chains);
  return columns.empty() ? undefined : effective_draws(split(columns));
}

Estimate mean_with_error(Chains chains) {
  const double draws = ess_mean(chains);
  Columns columns;
  for (const auto& chain : chains) columns.emplace_back(chain.begin(), chain.end());
  const std::vector<double> all = pooled(columns);
  if (all.empty()) return {undefined, undefined};
  return {mean(all), std::isnan(draws) ? undefined : std::sqrt(variance(all) / draws)};
}

}  // namespace echelon
