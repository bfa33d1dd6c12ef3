#include <gtest/gtest.h>

#include "support/known_answer.hpp"
#include "support/oracles/transitions.hpp"

namespace echelon {
namespace {

using namespace oracle;

BranchOptions bridge_options(int inner, int relaxation = 1,
                             Switching switching = Switching::one_way) {
  BranchOptions options;
  options.inner_steps = inner;
  options.relaxation = relaxation;
  options.switching = switching;
  return options;
}

int states(const std::vector<int>& rows, int values) {
  int count = 1;
  for (const int r : rows)
    for (int i = 0; i < r; ++i) count *= values;
  return count;
}

TableProblem<> problem(std::vector<int> rows, std::vector<double> a, BranchOptions options,
                       int values = 2, double tilt = 0.4) {
  const int count = states(rows, values);
  return {{rows, values, random_table(count, 7)},
          {values, tilt, rows},
          Temperatures(std::move(a)),
          std::move(options)};
}

template <class Problem, class Random = Outcomes>
Transitions bridge_transitions(const Problem& p) {
  using Model = std::remove_cvref_t<decltype(p.net)>;
  return transitions<Random, Model>(
      p.net, [&](Random& random, Point<Model>& point) { return p.bridge(random, point); });
}

TEST(KnownAnswer, TwoByTwo) {
  const TableNet net({1, 1}, 2, {0, 1, 1, .5});
  const auto law = law_of(net, {2, 0, {1, 1}}, Temperatures({2, 1}));
  const std::vector<double> exact{.38617096, .14206436, .17811035, .29365433};
  double off = 0;
  for (std::size_t x = 0; x < 4; ++x) off = std::max(off, std::abs(law.joint()[x] - exact[x]));
  expect_at_most("6.1", "probabilities of the 4 states", off, 5e-9);
  expect_at_most("6.1", "V_0", std::abs(law.free_energy() - .5446868014181192), 1e-15);
}

/// theta = 1: the bridge is exact for every number of switching steps, at depth 2 and 3, with
/// random rows and nested switches. Transition probabilities are exact, so 1e-12 is a proof.
struct Exact {
  std::vector<int> rows;
  int values, inner, relaxation;
};

class ExactBridge : public testing::TestWithParam<Exact> {};

TEST_P(ExactBridge, BalancesInDetailAtThetaOne) {
  const auto [rows, values, inner, relaxation] = GetParam();
  std::vector<double> a(rows.size(), 0.0);
  a.back() = 0.3;
  for (const auto switching : {Switching::one_way, Switching::round_trip}) {
    const auto p = problem(rows, a, bridge_options(inner, relaxation, switching), values);
    const auto law = law_of(p.net, p.moves, p.temperatures);
    const auto k = bridge_transitions(p);
    const std::string name = switching == Switching::one_way ? "bridge" : "bridge, round trip";
    expect_at_most("theta = 1", name + ": imbalance of any pair of states",
                   imbalance(law.joint(), k), 1e-14);
    expect_at_most("theta = 1", name + ": stationary law",
                   total_variation(stationary(k), law.joint()), 1e-12);
  }
}

INSTANTIATE_TEST_SUITE_P(Depths, ExactBridge,
                         testing::Values(Exact{{1, 2}, 2, 0, 1}, Exact{{1, 2}, 2, 1, 1},
                                         Exact{{2, 2}, 2, 2, 1}, Exact{{1, 2}, 2, 5, 0},
                                         Exact{{1, 1}, 3, 3, 1}, Exact{{1, 1, 1}, 2, 0, 1},
                                         Exact{{1, 1, 1}, 2, 1, 1}, Exact{{1, 1, 2}, 2, 1, 0},
                                         Exact{{1, 2, 1}, 2, 1, 0}, Exact{{1, 1, 1}, 2, 2, 0},
                                         Exact{{1, 1, 1, 1}, 2, 0, 1}));

/// theta < 1: not exact, but the distance of the kernel's stationary law falls with the inner work
/// and the round trip is closer at every length.
TEST(Bridge, ApproachesTheMultiScaleLawAsTheWorkGrows) {
  double one_way = 1, round_trip = 1;
  for (const int inner : {1, 2, 4}) {
    const auto at_work = [&](Switching switching) {
      const auto p = problem({1, 1}, {.3, .15}, bridge_options(inner, 1, switching), 2, 0);
      return total_variation(stationary(bridge_transitions(p)),
                             law_of(p.net, p.moves, p.temperatures).joint());
    };
    const double there = at_work(Switching::one_way), back = at_work(Switching::round_trip);
    EXPECT_LT(there, one_way);
    EXPECT_LT(back, round_trip);
    EXPECT_LT(back, there);
    one_way = there;
    round_trip = back;
  }
}

TEST(Paper, ApproachesTheMultiScaleLawAsTheWorkGrows) {
  for (const auto& rows : {std::vector{1, 1}, std::vector{1, 1, 1}}) {
    double last = 1;
    for (const int inner : {1, 2, 4}) {
      if (rows.size() == 3 && inner == 4) continue;
      auto p = problem(rows, std::vector<double>(rows.size(), .2), bridge_options(inner), 2, 0.2);
      const int n = p.net.states();
      Transitions live, recorded;
      for (int from = 0; from < n; ++from) {
        live.emplace_back(at(n));
        recorded.emplace_back(at(n));
        int code = 0;
        Outcomes::for_each(
            [&](Outcomes& random) {
              Point<TableNet> point{p.net.weights_of(from), {}, 0};
              evaluate(p.net, point);
              code = p.paper(random, point);
              EXPECT_EQ(point.loss, p.net.loss(code % n));
            },
            [&](double probability) {
              live.back()[at(code % n)] += probability;
              recorded.back()[at(code / n)] += probability;
            });
      }
      const double d = total_variation(after_step(stationary(live), recorded),
                                       law_of(p.net, p.moves, p.temperatures).joint());
      EXPECT_LT(d, last);
      last = d;
    }
  }
}

// Mutants: faults that the checks above must find.

/// Rows in a fixed order instead of at random.
struct FixedOrder : TableMoves {
  mutable int next = 0;
  int changes(int) const { return 1; }
  Change change(int layer, int) const { return {rows[at(layer)] == 1 ? 0 : next++ % 2}; }
};

TEST(Mutant, FixedOrderInnerScanIsFound) {
  const auto p = problem({1, 2}, {0, .3}, bridge_options(2, 0));
  const TableProblem<TableNet, FixedOrder> mutant{p.net, {p.moves}, p.temperatures, p.options};
  const auto k =
      transitions<Outcomes, TableNet>(p.net, [&](Outcomes& random, Point<TableNet>& point) {
        mutant.moves.next = 0;
        return mutant.bridge(random, point);
      });
  const auto law = law_of(p.net, p.moves, p.temperatures);
  expect_at_least("mutant", "fixed-order inner scan: imbalance", imbalance(law.joint(), k), 1e-3);
  expect_at_least("mutant", "fixed-order inner scan: stationary law",
                  total_variation(stationary(k), law.joint()), 1e-3);
}

struct ForgetsThePrior : TableMoves {
  template <class Random>
  double propose(int layer, Change change, double step, const TableNet::Layer& from,
                 TableNet::Layer& to, Random& random) const {
    TableMoves::propose(layer, change, step, from, to, random);
    return 0;
  }
};

TEST(Mutant, ForgottenPriorRatioIsFound) {
  const auto p = problem({1, 2}, {0, .3}, bridge_options(1));
  const TableProblem<TableNet, ForgetsThePrior> mutant{p.net, {p.moves}, p.temperatures, p.options};
  const auto law = law_of(p.net, p.moves, p.temperatures);
  expect_at_least("mutant", "prior ratio forgotten: stationary law",
                  total_variation(stationary(bridge_transitions(mutant)), law.joint()), 1e-2);
}

/// Accepts what should be rejected.
struct Inverted {
  Outcomes& choices;
  std::uint64_t below(std::uint64_t n) { return choices.below(n); }
  friend bool happens(Inverted& random, double probability) {
    return happens(random.choices, 1 - probability);
  }
  static void for_each(const std::function<void(Inverted&)>& kernel,
                       const std::function<void(double)>& outcome) {
    Outcomes::for_each(
        [&](Outcomes& source) {
          Inverted random{source};
          kernel(random);
        },
        outcome);
  }
};

TEST(Mutant, InvertedAcceptanceIsFound) {
  const auto p = problem({1, 2}, {0, .3}, bridge_options(1));
  const auto law = law_of(p.net, p.moves, p.temperatures);
  const auto k = bridge_transitions<TableProblem<>, Inverted>(p);
  expect_at_least("mutant", "acceptance inverted: stationary law",
                  total_variation(stationary(k), law.joint()), 1e-2);
}

/// Keeps the branch of the old weights where a row changes.
struct StaleNet : TableNet {
  using TableNet::TableNet;
  Branch extend(const Branch& entering, int layer, const Layer& w, Change change,
                const Branch& current) const {
    const Branch fresh = TableNet::extend(entering, layer, w, Change{}, current);
    return layer == 0 && change.row == 1 ? current : fresh;
  }
};

TEST(Mutant, StaleBranchIsFound) {
  const auto p = problem({2, 1}, {0, .3}, bridge_options(1));
  const TableProblem<StaleNet> mutant{
      {{2, 1}, 2, random_table(8, 7)}, p.moves, p.temperatures, p.options};
  const auto law = law_of(p.net, p.moves, p.temperatures);
  expect_at_least("mutant", "stale branch: stationary law",
                  total_variation(stationary(bridge_transitions(mutant)), law.joint()), 1e-2);
}

}  // namespace
}  // namespace echelon
