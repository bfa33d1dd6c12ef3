#include "echelon/sampler/collapsed.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "support/evidence_oracle.hpp"
#include "support/naive_net.hpp"

namespace echelon {
namespace {

using oracle::NaiveNet;

/// A source that notes the acceptance probability and decides as it is told.
struct Decided {
  bool decision = false;
  double probability = -1;
  std::uint64_t below(std::uint64_t) { return 0; }
};
bool happens(Decided& random, double probability) {
  random.probability = probability;
  return random.decision;
}

/// Proposes the weights it is told to, as a symmetric proposal under N(0, scale^2) priors.
struct ProposeThat {
  const Matrix<double>* proposal;
  double scale;
  int changes(int) const { return 1; }
  Change change(int, int) const { return {}; }
  template <class Random>
  double propose(int, Change, double, const Matrix<double>& from, Matrix<double>& to,
                 Random&) const {
    to = *proposal;
    return (from.squaredNorm() - to.squaredNorm()) / (2 * scale * scale);
  }
};

struct Setting {
  NaiveNet net;
  HeadPrior prior;
  Temperatures temperatures;
  double scale = 1.3;
};

Setting two_layers(unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  const auto matrix = [&](int rows, int columns) {
    return Matrix<double>::NullaryExpr(rows, columns, [&] { return normal(engine); }).eval();
  };
  return {NaiveNet(2, matrix(2, 4), matrix(2, 4), [](double x) { return std::tanh(x); }),
          {matrix(2, 3), 0.8},
          Temperatures(std::vector<double>{0.7, 0.4})};
}

/// log Q_1(w) Z_2(w)^theta up to a constant, by the n x n form of the evidence.
double log_density(const Setting& s, const Matrix<double>& w, double beta) {
  const double log_z =
      oracle::log_evidence(s.net.extend(s.net.root(), 0, w, {}, {}), s.net.targets(), s.prior.mean,
                           s.prior.scale, beta / 0.4);
  return -w.squaredNorm() / (2 * s.scale * s.scale) + 0.4 / 1.1 * log_z;
}

double acceptance(const Setting& s, const Matrix<double>& from, const Matrix<double>& to,
                  Rung rung) {
  Decided random;
  Counters counters(2);
  LayersOf<NaiveNet> weights{from, s.prior.mean}, candidates = weights;
  const std::vector<double> step{1.0, 1.0};
  const ProposeThat moves{&to, s.scale};
  Walk<NaiveNet, ProposeThat, Decided> walk{s.net,  moves,    s.temperatures, rung,      step,
                                            random, counters, weights,        candidates};
  Path<NaiveNet> path{s.net.root(), s.net.extend(s.net.root(), 0, from, {}, {})};
  LinearHead head(s.net.moments(path.back()), s.prior);
  Collapsed<NaiveNet, ProposeThat, Decided>(walk, s.prior).sweep(path, head);
  return random.probability;
}

TEST(Collapsed, OuterMoveIsInDetailedBalancePointwise) {
  std::mt19937_64 engine(5);
  std::normal_distribution<double> normal;
  const auto weights = [&] {
    return Matrix<double>::NullaryExpr(3, 2, [&] { return normal(engine); }).eval();
  };
  double worst = 0;
  int uphill = 0;
  const Setting s = two_layers(11);
  for (int pair = 0; pair < 100000; ++pair) {
    const Matrix<double> x = weights(), y = weights();
    const Rung rung{1, pair % 3 == 0 ? 0.3 : 1.0};
    const double forward = acceptance(s, x, y, rung), backward = acceptance(s, y, x, rung);
    const double flow = log_density(s, x, rung.beta) + std::log(forward);
    const double return_flow = log_density(s, y, rung.beta) + std::log(backward);
    worst = std::max(worst, std::abs(flow - return_flow));
    uphill += forward == 1;
    ASSERT_EQ(std::max(forward, backward), 1.0);
  }
  EXPECT_LE(worst, 1e-12);
  EXPECT_GT(uphill, 40000);
  EXPECT_LT(uphill, 60000);
}

}  // namespace
}  // namespace echelon
