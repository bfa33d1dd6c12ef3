#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "echelon/tempering/driver.hpp"
#include "support/four_states.hpp"
#include "support/gaussian_run.hpp"
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
  for (std::size_t rung = 0; rung < 5; ++rung) {
    const auto losses = sink.column<double>(tables::trace, "train_loss", rung);
    ASSERT_EQ(losses.size(), naive.size());
    for (std::size_t sweep = 0; sweep < naive.size(); ++sweep)
      ASSERT_EQ(losses[sweep], naive[sweep][rung]) << "sweep " << sweep << ", rung " << rung;
  }
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
    EXPECT_LT(pearson, 24) << "rung " << rung;
  }
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
  EXPECT_NEAR(last_round().get<double>("barrier").back() / 2.5, 1, 0.01);
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
    EXPECT_NEAR(estimate, exact, 4 * std::sqrt(variance)) << (up ? "up" : "down");
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
  EXPECT_NEAR(static_cast<double>(totals.back() - before), expected, 5 * std::sqrt(expected));
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
