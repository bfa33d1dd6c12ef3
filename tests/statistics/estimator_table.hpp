#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "echelon/sampler/branch_target.hpp"
#include "support/known_answer.hpp"
#include "support/oracles/gaussian_moves.hpp"
#include "support/oracles/grid_law.hpp"
#include "support/oracles/tiny_net.hpp"
#include "support/statistics.hpp"

// The comparison of estimators on one problem: a 1-1-1 net whose posterior is a narrow curved
// valley. Everyone gets the same proposals for both layers, so the same inner kernel, and the same
// number of loss evaluations.

namespace echelon::oracle {

using TinyMoves = GaussianMoves<TinyNet::Layer>;
inline constexpr double valley_mean = 1, valley_scale = 0.5;

/// A 1-1-1 valley at temperatures a, and its law.
struct Valley {
  static constexpr int bins = 40;

  explicit Valley(const std::vector<double>& a)
      : temperatures(a),
        law({Axis::normal(valley_mean, valley_scale, temperatures.cumulative(0, {}), 0, 801),
             Axis::normal(valley_mean, valley_scale, temperatures.cumulative(1, {}), 1, 801)},
            [this](std::span<const double> w) { return net->loss(w); }),
        edges(law.equal_bins(0, bins)) {}

  static TinyMoves moves() { return {{1, 1}, valley_mean, valley_scale}; }
  static std::vector<double> step() { return {.5, .3}; }

  std::shared_ptr<const TinyNet> net = std::make_shared<const TinyNet>(2, 1, TinyTask::valley);
  Temperatures temperatures;
  GridLaw law;
  std::vector<double> edges;  ///< of w_1, between bins of equal probability
};

/// One line of the table: averages over the seeds.
struct TableRow {
  std::string estimator;
  double evaluations = 0;  ///< losses per outer step
  double distance = 0;     ///< total variation of w_1 over the bins
  double floor = 0;        ///< the same of exact draws at equal effective sample size
  double mean_loss = 0;
  double bias() const { return std::max(0.0, distance - floor); }
};

/// The total variation that sampling noise alone gives: that of exact draws, as many for each bin
/// as the effective sample size of its indicator. E|noise| of a normal is sqrt(2/pi) standard
/// errors.
inline double noise_floor(std::span<const double> draws, std::span<const double> inner_edges) {
  std::vector<double> indicator(draws.size());
  double sum = 0;
  for (std::size_t bin = 0; bin <= inner_edges.size(); ++bin) {
    const double low = bin == 0 ? -INFINITY : inner_edges[bin - 1];
    const double high = bin == inner_edges.size() ? INFINITY : inner_edges[bin];
    std::transform(draws.begin(), draws.end(), indicator.begin(),
                   [&](double x) { return x >= low && x < high ? 1.0 : 0.0; });
    sum += batch_means(indicator).error;
  }
  return sum / 2 * std::sqrt(2 / std::numbers::pi);
}

/// Runs a target (made by `make(seed)`) for `sweeps` sweeps under every seed. `draw` reads w_1 of
/// the draw from a state.
template <class Make, class Draw>
TableRow table_row(const std::string& name, const Valley& valley, int sweeps, int seeds, Make make,
                   Draw draw) {
  TableRow row{name};
  const auto before = valley.net->evaluations;
  for (int seed = 1; seed <= seeds; ++seed) {
    auto target = make();
    const auto key = static_cast<std::uint64_t>(seed);
    auto state = target.start({key, 0, 0});
    std::vector<double> w;
    double loss = 0;
    for (int sweep = 1; sweep <= sweeps; ++sweep) {
      target.explore(state, {0, 1.0}, {key, 0, static_cast<std::uint64_t>(sweep)});
      w.push_back(draw(state));
      loss += target.energy(state) / sweeps;
    }
    row.distance += binned_distance(w, valley.edges) / seeds;
    row.floor += noise_floor(w, valley.edges) / seeds;
    row.mean_loss += loss / seeds;
  }
  row.evaluations = static_cast<double>(valley.net->evaluations - before) / sweeps / seeds;
  return row;
}

inline void print(const TableRow& row) {
  const auto what =
      fmt::format("{}, {:.0f} losses a step: distance {:.4f}, of which noise {:.4f}, E[L] {:.5f}",
                  row.estimator, row.evaluations, row.distance, row.floor, row.mean_loss);
  print_row("estimators", what, fmt::format("{:.4f}", row.bias()), "falls with work");
}

inline void print_header(const Valley& valley) {
  std::printf("A = %g, %g, exact E[L] %.5f\n", valley.temperatures.cumulative(0, {}),
              valley.temperatures.cumulative(1, {}), valley.law.mean_loss());
}

}  // namespace echelon::oracle
