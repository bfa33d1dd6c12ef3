#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "echelon/tempering/driver.hpp"
#include "support/four_states.hpp"
#include "support/gaussian_run.hpp"
#include "support/known_answer.hpp"
#include "support/memory_sink.hpp"
#include "support/naive_tempering.hpp"

// What the driver samples, against laws that are known in closed form.
namespace echelon {
namespace {

TEST(Law, OneTemperatureGivesTheDecisionsOfOrdinaryTempering) {
  GaussianRun job;
  job.options.sweeps = 3000;
  job.options.seed = 5;
  MemorySink sink;
  job.run({}, sink);
  const GaussianTarget target(job.dimensions, job.precision, job.kernel);
  const auto naive = naive_losses(target, job.precision, job.ladder, 5, 3000);
  double unlike = 0;
  for (std::size_t rung = 0; rung < 5; ++rung) {
    const auto losses = sink.column<double>(tables::trace, "train_loss", rung);
    ASSERT_EQ(losses.size(), naive.size());
    for (std::size_t sweep = 0; sweep < naive.size(); ++sweep)
      unlike += losses[sweep] != naive[sweep][rung];
  }
  oracle::expect_at_most("6.6", "theta = 1: losses unlike ordinary tempering", unlike, 0);
}

// Pearson's statistic of the visited states, thinned until the lag-one correlation is negligible,
// has 3 degrees of freedom on each rung; beyond 24 with probability 2.5e-5. An energy-only swap
// scores 200 and more here.
TEST(Law, EveryRungHasItsOwnMarginalWithSwapsOn) {
  const Ladder ladder = Ladder::from_betas({0, 0.3, 0.6, 1});
  Options options;
  options.sweeps = 200000;
  options.seed = 3;
  options.thin_weights = 0;
  options.thin = options.sweeps;
  MemorySink sink;
  Driver<FourStates, MemorySink> driver(
      {}, options, [](const Communicator&) { return FourStates(); }, &sink);
  driver.run(ladder);
  for (int rung = 0; rung < ladder.rungs(); ++rung) {
    const auto losses =
        sink.column<double>(tables::trace, "train_loss", static_cast<std::size_t>(rung));
    std::vector<double> visits(FourStates::states, 0);
    double total = 0;
    for (std::size_t sweep = 20; sweep < losses.size(); sweep += 8, ++total)
      for (int s = 0; s < FourStates::states; ++s)
        visits[static_cast<std::size_t>(s)] += losses[sweep] == FourStates::loss(s) ? 1 : 0;
    double pearson = 0;
    for (std::size_t s = 0; s < visits.size(); ++s) {
      const double expected = total * FourStates::law(ladder.rung(rung))[s];
      pearson += (visits[s] - expected) * (visits[s] - expected) / expected;
    }
    oracle::expect_at_most("swap", fmt::format("law of rung {}: Pearson's statistic", rung),
                           pearson, 24);
  }
}

// When every swap is accepted, alternating pairs are a conveyor belt of 2 R places, R up and R
// down: the replica that starts at rung k is at place k when k is even, else at 2 R - 1 - k, and
// moves on by one place at each exchange. Counting from its first visit to rung 0 it completes a
// round trip every 2 R exchanges.
std::int64_t trips_on_the_belt(int rung, int rungs, int exchanges) {
  const int belt = 2 * rungs;
  const int place = rung % 2 == 0 ? rung : belt - 1 - rung;
  if (place == 0) return (exchanges + 1) / belt;
  const int first_visit = belt - 1 - place;
  return exchanges < first_visit ? 0 : (exchanges - first_visit) / belt;
}

TEST(RoundTrips, AreCountedExactlyWhenEverySwapIsAccepted) {
  double unlike = 0;
  for (int rungs = 2; rungs <= 7; ++rungs) {
    Assignment assignment(1, rungs);
    RoundTrips trips(rungs);
    for (int exchanges = 0; exchanges < 200; ++exchanges) {
      trips.visit(assignment);
      for (int replica = 0; replica < rungs; ++replica)
        unlike += trips.counts()[static_cast<std::size_t>(replica)] !=
                  trips_on_the_belt(replica, rungs, exchanges);
      const auto slots = static_cast<std::size_t>(rungs);
      assignment = swap_round(assignment, std::vector<double>(slots, 0.0), exchanges,
                              std::vector<double>(slots, 0.999))
                       .after;
    }
  }
  oracle::expect_at_most("6.7", "every swap accepted: round trips counted wrong", unlike, 0);
}

// Two-dimensional Gaussians of precisions a < b: swaps are rejected with probability
// (b - a) / (b + a), so the barrier of the whole path is log(b / a) / 2.
class GaussianPath : public testing::Test {
 protected:
  static constexpr std::int64_t sweeps = 60000;
  static constexpr int rungs = 24;

  static void SetUpTestSuite() {
    sink = std::make_unique<MemorySink>();
    GaussianRun job;
    job.dimensions = 2;
    job.precision = precision();
    job.kernel = GaussianTarget::Kernel::exact;
    job.ladder = Ladder::geometric(rungs, 0.01, PriorEnd::included);
    job.options.seed = 2;
    job.options.warmup = 8000;
    job.options.sweeps = sweeps;
    job.options.thin = sweeps;
    job.options.thin_weights = 0;
    job.options.adaptation = Adaptation::betas;
    job.run({}, *sink);
  }
  static void TearDownTestSuite() { sink.reset(); }

  static double precision() { return std::exp(5.0) - 1; }
  static const Archive& last_round() { return sink->rows(tables::rounds).back().front(); }
  static std::unique_ptr<MemorySink> sink;
};
std::unique_ptr<MemorySink> GaussianPath::sink;

TEST_F(GaussianPath, BarrierIsTheAnalyticOneWithinOnePercent) {
  oracle::expect_at_most("6.7", "barrier of a Gaussian path, relative",
                         std::abs(last_round().get<double>("barrier").back() / 2.5 - 1), .01);
}

TEST_F(GaussianPath, RejectionsAreTheExactOnes) {
  const auto& betas = last_round().get<double>("beta");
  const auto& acceptances = last_round().get<double>("swap_acceptance");
  for (std::size_t pair = 0; pair < acceptances.size(); ++pair) {
    const double a = 1 + betas[pair] * precision();
    const double b = 1 + betas[pair + 1] * precision();
    // min(1, ratio) has standard deviation below 0.25 here; draws of different sweeps are
    // independent, and half of the sweeps attempt the pair. Five standard errors.
    EXPECT_NEAR(1 - acceptances[pair], (b - a) / (b + a), 5 * 0.25 / std::sqrt(sweeps / 2.0))
        << "pair " << pair;
  }
}

TEST_F(GaussianPath, WarmUpMakesRejectionsEqual) {
  const auto& acceptances = last_round().get<double>("swap_acceptance");
  const auto [low, high] = std::minmax_element(acceptances.begin(), acceptances.end());
  const auto& first = sink->rows(tables::rounds).front().front().get<double>("swap_acceptance");
  const auto [first_low, first_high] = std::minmax_element(first.begin(), first.end());
  EXPECT_GT(*first_high - *first_low, 0.2) << "the start should need adapting";
  EXPECT_LT(*high - *low, 0.05);
}

// Both stepping-stone sums within four of their standard errors, which come from the recorded
// ratios: draws are independent between sweeps and between the pairs of one direction.
TEST_F(GaussianPath, SteppingStonesGiveTheNormaliser) {
  const double exact = -std::log(1 + precision());
  const auto begin = static_cast<std::ptrdiff_t>(1 + 8000);
  for (const bool up : {true, false}) {
    const auto& estimates =
        last_round().get<double>(up ? "log_normaliser_up" : "log_normaliser_down");
    const double estimate = std::accumulate(estimates.begin(), estimates.end(), 0.0);
    double variance = 0;
    for (std::size_t pair = 0; pair + 1 < rungs; ++pair) {
      const auto ratios = sink->column<double>(tables::trace, "log_ratio", up ? pair : pair + 1);
      double sum = 0;
      double squares = 0;
      double count = 0;
      for (auto it = ratios.begin() + begin; it != ratios.end(); ++it) {
        const auto sweep = static_cast<std::size_t>(it - ratios.begin());
        if ((sweep - 1) % 2 != pair % 2) continue;
        sum += std::exp(*it);
        squares += std::exp(2 * *it);
        ++count;
      }
      variance += (squares / count / std::pow(sum / count, 2) - 1) / count;
    }
    EXPECT_LT(std::sqrt(variance), 0.05);
    oracle::expect_at_most("6.7",
                           fmt::format("log Z by stepping {}, standard errors", up ? "up" : "down"),
                           std::abs(estimate - exact) / std::sqrt(variance), 4);
  }
}

TEST_F(GaussianPath, MeanLossesAreThoseOfTheRungs) {
  const auto& betas = last_round().get<double>("beta");
  const auto& losses = last_round().get<double>("mean_train_loss");
  for (std::size_t rung = 0; rung < losses.size(); ++rung) {
    const double exact = 1 / (1 + betas[rung] * precision());  // also the standard deviation
    EXPECT_NEAR(losses[rung], exact, 5 * exact / std::sqrt(double(sweeps))) << "rung " << rung;
  }
}

// Independent draws meet the assumptions of Syed et al. (2022): in total 1 / (2 + 2 sum r / (1 -
// r)) round trips a sweep. Trips are few dozen sweeps apart, so their number is Poisson at worst.
TEST_F(GaussianPath, RoundTripsComeAtThePredictedRate) {
  double sum = 0;
  for (const double acceptance : last_round().get<double>("swap_acceptance"))
    sum += (1 - acceptance) / acceptance;
  const double expected = sweeps / (2 + 2 * sum);
  const auto totals = sink->column<std::int64_t>(tables::rounds, "round_trips");
  const auto warmups = sink->column<std::int64_t>(tables::rounds, "warmup");
  std::int64_t before = 0;
  for (std::size_t round = 0; round < totals.size(); ++round)
    if (warmups[round] == 1) before = totals[round];
  oracle::expect_at_most(
      "6.7", "round trips against the predicted rate, standard errors",
      std::abs(static_cast<double>(totals.back() - before) - expected) / std::sqrt(expected), 5);
}

TEST_F(GaussianPath, RoundTripsAreThoseOfTheRecordedIndexProcess) {
  const auto hot = sink->column<std::int64_t>(tables::index_process, "replica_at", 0);
  const auto cold = sink->column<std::int64_t>(tables::index_process, "replica_at", rungs - 1);
  std::vector<int> legs(rungs, 0);
  std::vector<std::int64_t> trips(rungs, 0);
  for (std::size_t sweep = 0; sweep < hot.size(); ++sweep) {
    const auto bottom = static_cast<std::size_t>(hot[sweep]);
    const auto top = static_cast<std::size_t>(cold[sweep]);
    if (legs[bottom] == 2) ++trips[bottom];
    legs[bottom] = 1;
    if (legs[top] == 1) legs[top] = 2;
  }
  EXPECT_EQ(last_round().get<std::int64_t>("replica_round_trips"), trips);
}

}  // namespace
}  // namespace echelon
