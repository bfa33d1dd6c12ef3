#pragma once

#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "echelon/sampler/bridge.hpp"
#include "echelon/sampler/paper.hpp"
#include "support/oracles/grid_law.hpp"
#include "support/oracles/outcomes.hpp"
#include "support/oracles/table_net.hpp"

namespace echelon::oracle {

using Transitions = std::vector<std::vector<double>>;  ///< [from][to]

/// Exact transition probabilities between the codes of a table net. `kernel` does one step from the
/// point it is given and returns the code it ends in.
template <class Random = Outcomes, class Model>
Transitions transitions(const Model& net,
                        const std::function<int(Random&, Point<Model>&)>& kernel) {
  Transitions result;
  for (int from = 0; from < net.states(); ++from) {
    std::vector<double> row(at(net.states()));
    int to = 0;
    Random::for_each(
        [&](Random& random) {
          Point<Model> point{net.weights_of(from), {}, 0};
          evaluate(net, point);
          to = kernel(random, point);
        },
        [&](double probability) { row[at(to)] += probability; });
    result.push_back(std::move(row));
  }
  return result;
}

/// Everything a kernel on a table net needs.
template <class Model = TableNet, class Moves = TableMoves>
struct TableProblem {
  Model net;
  Moves moves;
  Temperatures temperatures;
  BranchOptions options;

  template <class Random>
  int bridge(Random& random, Point<Model>& point) const {
    Counters counters(net.depth());
    auto candidates = point.weights;
    const std::vector<double> step(at(net.depth()), 1.0);
    Walk<Model, Moves, Random> walk{net,    moves,    temperatures,  {0, 1.0},  step,
                                    random, counters, point.weights, candidates};
    typename Bridge<Model, Moves, Random>::Workspace space(net.depth());
    Fan<Model> fan{{1.0}, {}, {point.loss}};
    for (const auto& branch : point.path) fan.entering.push_back({branch});
    Bridge<Model, Moves, Random>(walk, options, space).move(0, fan);
    return net.code_of(point.weights);
  }

  /// The recorded draw and the live state, as recorded * states + live.
  template <class Random>
  int paper(Random& random, Point<Model>& point) const {
    Counters counters(net.depth());
    auto candidates = point.weights;
    const std::vector<double> step(at(net.depth()), 1.0);
    Walk<Model, Moves, Random> walk{net,    moves,    temperatures,  {0, 1.0},  step,
                                    random, counters, point.weights, candidates};
    int recorded = 0;
    Paper<Model, Moves, Random>(walk, point, options.inner_steps)
        .sweep([&](const Point<Model>& draw) { recorded = net.code_of(draw.weights); });
    return recorded * net.states() + net.code_of(point.weights);
  }
};

/// The multi-scale law of a table net by enumeration.
inline GridLaw law_of(const TableNet& net, const TableMoves& moves, const Temperatures& t) {
  std::vector<Axis> axes;
  double total = 0;
  for (int v = 0; v < net.values(); ++v) total += std::exp(moves.tilt * v);
  for (int k = 0; k < net.depth(); ++k)
    for (int row = 0; row < net.rows()[at(k)]; ++row) {
      Axis axis{{}, {}, t.cumulative(k, {}), k};
      for (int v = 0; v < net.values(); ++v) {
        axis.points.push_back(v);
        axis.log_prior.push_back(moves.tilt * v - std::log(total));
      }
      axes.push_back(axis);
    }
  return GridLaw(axes, [&](std::span<const double> w) {
    int code = 0;
    for (const double v : w) code = code * net.values() + static_cast<int>(v);
    return net.loss(code);
  });
}

/// max |pi(x) K(x,y) - pi(y) K(y,x)|.
inline double imbalance(const std::vector<double>& law, const Transitions& k) {
  double worst = 0;
  for (std::size_t x = 0; x < k.size(); ++x)
    for (std::size_t y = 0; y < x; ++y)
      worst = std::max(worst, std::abs(law[x] * k[x][y] - law[y] * k[y][x]));
  return worst;
}

/// Total variation between two laws.
inline double total_variation(const std::vector<double>& p, const std::vector<double>& q) {
  double sum = 0;
  for (std::size_t x = 0; x < p.size(); ++x) sum += std::abs(p[x] - q[x]) / 2;
  return sum;
}

inline std::vector<double> after_step(const std::vector<double>& law, const Transitions& k) {
  std::vector<double> next(k[0].size());
  for (std::size_t x = 0; x < k.size(); ++x)
    for (std::size_t y = 0; y < next.size(); ++y) next[y] += law[x] * k[x][y];
  return next;
}

/// The stationary law, by power iteration.
inline std::vector<double> stationary(const Transitions& k) {
  std::vector<double> law(k.size(), 1 / static_cast<double>(k.size()));
  for (int i = 0; i < 100000; ++i) {
    auto next = after_step(law, k);
    const double moved = total_variation(law, next);
    law = std::move(next);
    if (moved < 1e-15) break;
  }
  return law;
}

/// Losses uniform on [0, 1].
inline std::vector<double> random_table(int states, unsigned seed) {
  std::mt19937 rng(seed);
  std::vector<double> table(at(states));
  for (double& loss : table) loss = static_cast<double>(rng()) / 4294967296.0;
  return table;
}

}  // namespace echelon::oracle
