// Annealed certifying paths: E[exp(-G) f(w_K)] = E_Q[f] and E[G] >= KL(law of w_K || Q) at any
// number of moves, on targets whose every law is known; the same bits after any interruption.
#include "echelon/tempering/certifier.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "support/four_states.hpp"
#include "support/gaussian_run.hpp"

namespace echelon {
namespace {

/// One move of FourStates at the rung, as it changes a law.
std::vector<double> moved(const std::vector<double>& law, Rung rung) {
  std::vector<double> next(law.size(), 0);
  for (int from = 0; from < FourStates::states; ++from)
    for (int to = 0; to < FourStates::states; ++to)
      next[static_cast<std::size_t>(to)] +=
          law[static_cast<std::size_t>(from)] * FourStates::move_probability(rung, from, to);
  return next;
}

/// The density of one standard normal number after the climb of a GaussianTarget in one dimension
/// (random walk of step 1, target precision 1 + beta precision), on a grid.
class GridLaw {
 public:
  explicit GridLaw(double precision) : precision_(precision) {
    for (int i = 0; i < points; ++i) density_.push_back(std::exp(-x(i) * x(i) / 2) / root);
  }

  void move(Rung rung) {
    const double tightness = 1 + rung.beta * precision_;
    std::vector<double> next(points, 0);
    for (int from = 0; from < points; ++from) {
      double stays = 1;
      for (int to = 0; to < points; ++to) {
        const double jump = x(to) - x(from);
        const double ratio = tightness * (x(from) * x(from) - x(to) * x(to)) / 2;
        const double p = width * std::exp(-jump * jump / 2 + std::min(0.0, ratio)) / root;
        next[at(to)] += p * density_[at(from)];
        stays -= p;
      }
      next[at(from)] += stays * density_[at(from)];
    }
    density_ = std::move(next);
  }

  double divergence() const {
    double sum = 0;
    for (int i = 0; i < points; ++i)
      if (density_[at(i)] > 0)
        sum += width * density_[at(i)] * (std::log(density_[at(i)] * root) + x(i) * x(i) / 2);
    return sum;
  }

 private:
  static constexpr int points = 401;
  static constexpr double width = 12.0 / (points - 1);
  static constexpr double root = 2.5066282746310002;  // of 2 pi
  static double x(int i) { return -6 + width * i; }
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }

  double precision_;
  std::vector<double> density_;
};

struct Ends {
  std::vector<double> works;
  std::vector<Archive> states;
};

template <Target T>
Ends climb(const typename AnnealedPaths<T>::MakeTarget& make, const Ladder& ladder, int moves,
           int paths) {
  AnnealedPaths<T> climbing(Communicator(), {7, 0, paths, moves}, make);
  climbing.start(ladder, Signal::none, 0);
  for (std::int64_t step = 0; step < climbing.plan().steps(ladder.rungs()); ++step)
    climbing.advance(ladder, Signal::none, 0);
  return {climbing.works(ladder, AnnealedPaths<T>::End::redraw), climbing.gather()};
}

/// How many standard errors the mean lies above `expected`.
double excess(const std::vector<double>& values, double expected) {
  double mean = 0, square = 0;
  const auto n = static_cast<double>(values.size());
  for (const double x : values) mean += x / n;
  for (const double x : values) square += (x - mean) * (x - mean) / n;
  return square > 1e-20 ? (mean - expected) / std::sqrt(square / n) : (mean - expected) * 1e9;
}

/// exp(-G) f of every path.
std::vector<double> weighted(const Ends& ends, const std::function<double(const Archive&)>& f) {
  std::vector<double> values;
  for (std::size_t i = 0; i < ends.works.size(); ++i)
    values.push_back(std::exp(-ends.works[i]) * f(ends.states[i]));
  return values;
}

const Ladder coarse = Ladder::from_betas({0, .1, .35, 1});

TEST(AnnealedPaths, ReweightToThePriorOnFourStates) {
  const auto make = [](const Communicator&) { return FourStates(); };
  for (const int moves : {0, 1, 10, 1000}) {
    const int paths = moves == 1000 ? 4000 : 40000;
    const Ends ends = climb<FourStates>(make, coarse, moves, paths);
    std::vector<double> law(FourStates::states, 1.0 / FourStates::states);
    for (int rung = 1; rung < coarse.rungs(); ++rung)
      for (int move = 0; move < moves; ++move) law = moved(law, coarse.rung(rung));
    double divergence = 0;
    for (int s = 0; s < FourStates::states; ++s) {
      const double p = law[static_cast<std::size_t>(s)];
      divergence += p * std::log(p * FourStates::states);
      const auto is_here = [s](const Archive& a) {
        return a.get_scalar<std::int64_t>("s") == s ? 1.0 : 0.0;
      };
      EXPECT_LT(std::abs(excess(weighted(ends, is_here), 0.25)), 4)
          << moves << " moves, state " << s;
    }
    EXPECT_GT(excess(ends.works, divergence), -4) << moves << " moves, KL " << divergence;
    if (moves == 0) {
      EXPECT_NEAR(ends.works[0], 0, 1e-12) << "the path has not moved";
    }
  }
}

TEST(AnnealedPaths, ReweightToThePriorOnAGaussian) {
  constexpr double precision = 3;
  const auto make = [](const Communicator& team) {
    return TeamGaussian(team, 1, precision, GaussianTarget::Kernel::metropolis);
  };
  for (const int moves : {0, 1, 10, 1000}) {
    const Ends ends = climb<TeamGaussian>(make, coarse, moves, moves == 1000 ? 4000 : 40000);
    const auto x = [](const Archive& a) { return a.get<double>("x")[0]; };
    EXPECT_LT(std::abs(excess(weighted(ends, [](const Archive&) { return 1.0; }), 1)), 4) << moves;
    EXPECT_LT(std::abs(excess(weighted(ends, x), 0)), 4) << moves;
    EXPECT_LT(std::abs(excess(weighted(ends, [&](auto& a) { return x(a) * x(a); }), 1)), 4)
        << moves;
    const auto near = [&](auto& a) { return std::abs(x(a)) < .5 ? 1.0 : 0.0; };
    EXPECT_LT(std::abs(excess(weighted(ends, near), std::erf(.5 / std::sqrt(2.)))), 4) << moves;
    GridLaw law(precision);
    for (int rung = 1; rung < coarse.rungs(); ++rung)
      for (int move = 0; move < std::min(moves, 30); ++move) law.move(coarse.rung(rung));
    EXPECT_GT(excess(ends.works, law.divergence()), -4) << moves << " moves";
  }
}

// In equilibrium the grid's law is known in closed form.
TEST(GridLaw, EndsAtTheGaussian) {
  constexpr double precision = 3, variance = 1 / (1 + precision);
  GridLaw law(precision);
  EXPECT_NEAR(law.divergence(), 0, 1e-6);
  for (int move = 0; move < 60; ++move) law.move({1, 1.0});
  EXPECT_NEAR(law.divergence(), (variance - 1 - std::log(variance)) / 2, 1e-5);
}

CertifyOptions small_options() {
  CertifyOptions options;
  options.chains = 3;
  options.moves = 2;
  options.pilots = 2;
  options.pilot_moves = 3;
  options.stop_rule = StopRule::pilot;
  options.bound = [](std::span<const double> works, std::span<const double>) {
    return std::abs(works[0] - 1.5);  // stops somewhere on the way
  };
  options.certify = [](std::span<const double> works, std::span<const Archive>) {
    Archive row;
    row.put("work", std::vector<double>(works.begin(), works.end()));
    return row;
  };
  return options;
}

TEST(Certifier, EndsTheSameWhereverItIsInterrupted) {
  const Ladder ladder = Ladder::geometric(8, .02, PriorEnd::included);
  const auto make = [](const Communicator& team) {
    return TeamGaussian(team, 3, 30, GaussianTarget::Kernel::metropolis);
  };
  using Job = Certifier<TeamGaussian, MemorySink>;
  MemorySink whole;
  ASSERT_EQ(Job(Communicator(), small_options(), ladder, make, &whole).run(), Outcome::finished);
  const auto& row = whole.rows(tables::certificate);
  ASSERT_EQ(row.size(), 1U);
  EXPECT_EQ(row[0][0].get<double>("work").size(), 3U) << "no chain can be left out";
  EXPECT_LT(row[0][0].get_scalar<std::int64_t>("stop_rung"), 7);

  MemorySink parts;  // stopped after every step
  volatile std::sig_atomic_t stop = 1;
  CertifyOptions options = small_options();
  options.stop = &stop;
  Outcome outcome = Job(Communicator(), options, ladder, make, &parts).run();
  int stops = 0;
  for (; outcome == Outcome::stopped && stops < 1000; ++stops) {
    parts.restart();
    outcome = Job(Communicator(), options, ladder, make, &parts).resume(&parts.snapshots.back());
  }
  EXPECT_EQ(outcome, Outcome::finished);
  EXPECT_GT(stops, 21) << "the pilots alone make 21 steps";
  EXPECT_EQ(whole.hash(), parts.hash());
}

TEST(Certifier, ChainsShareNoNumbersWithPilots) {
  CertifyOptions options = small_options();
  const PathPlan pilots = plan_of(options, CertifyPhase::pilot);
  const PathPlan chains = plan_of(options, CertifyPhase::certify);
  EXPECT_EQ(pilots.first_replica, 0U);
  // A sampling run has the seed's replicas from 0 as well.
  EXPECT_EQ(chains.first_replica, std::uint32_t{1} << 31);
}

TEST(Certifier, RefusesALadderWithoutThePrior) {
  MemorySink sink;
  const auto make = [](const Communicator& team) {
    return TeamGaussian(team, 3, 30, GaussianTarget::Kernel::exact);
  };
  using Job = Certifier<TeamGaussian, MemorySink>;
  EXPECT_THROW(Job(Communicator(), small_options(), Ladder(), make, &sink), Error);
}

}  // namespace
}  // namespace echelon
