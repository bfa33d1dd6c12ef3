#include "echelon/tempering/adaptation.hpp"

#include <algorithm>
#include <cmath>

#include "echelon/core/error.hpp"
#include "echelon/diagnostics/barrier.hpp"

namespace echelon {
namespace {

constexpr std::int64_t shortest_first_round = 16;
constexpr int most_rounds = 32;

}  // namespace

std::vector<std::int64_t> round_ends(std::int64_t warmup, int rounds) {
  if (warmup == 0) return {};
  if (rounds == 0) {
    rounds = 1;
    while (warmup >> (rounds + 1) >= shortest_first_round) ++rounds;
  }
  require(rounds <= most_rounds && warmup >= (std::int64_t{1} << rounds) - 1, ExitCode::usage,
          "{} warm-up sweeps hold no {} rounds of doubling length (at least {} sweeps are needed)",
          warmup, rounds, (std::int64_t{1} << std::min(rounds, most_rounds)) - 1);
  const std::int64_t first = warmup / ((std::int64_t{1} << rounds) - 1);
  std::vector<std::int64_t> ends;
  for (int round = 1; round < rounds; ++round)
    ends.push_back(first * ((std::int64_t{1} << round) - 1));
  ends.push_back(warmup);
  return ends;
}

Ladder adapted(const Ladder& ladder, std::span<const double> rejections, Adaptation adaptation,
               int rung_capacity) {
  const auto measured = [](double rejection) { return std::isfinite(rejection); };
  if (adaptation == Adaptation::none || !ladder.adaptable() || rejections.empty() ||
      !std::all_of(rejections.begin(), rejections.end(), measured))
    return ladder;
  int rungs = ladder.rungs();
  if (adaptation == Adaptation::rungs) {
    const double barrier = cumulative_barrier(rejections).back();
    const int suggested = std::min(suggested_rungs(barrier), std::max(2, rung_capacity));
    if (suggested > rungs || suggested < rungs - 1) rungs = suggested;
  }
  return Ladder::from_betas(equal_rejection(ladder.betas(), rejections, rungs));
}

std::vector<int> nearest_rungs(const Ladder& from, const Ladder& to) {
  std::vector<int> result;
  for (const double beta : to.betas()) {
    int nearest = 0;
    for (int rung = 1; rung < from.rungs(); ++rung)
      if (std::abs(from.rung(rung).beta - beta) < std::abs(from.rung(nearest).beta - beta))
        nearest = rung;
    result.push_back(nearest);
  }
  return result;
}

Archive inherited(const Archive& tuning, int rungs, std::span<const int> source) {
  Archive result = tuning;
  for (const auto& [name, array] : tuning.arrays()) {
    const auto* values = std::get_if<std::vector<double>>(&array);
    if (values == nullptr) continue;
    require(values->size() % static_cast<std::size_t>(rungs) == 0, ExitCode::internal,
            "tuning '{}' has {} values (not a multiple of {} rungs)", name, values->size(), rungs);
    const auto width = std::ssize(*values) / rungs;
    std::vector<double> rows;
    for (const int rung : source)
      rows.insert(rows.end(), values->begin() + rung * width, values->begin() + (rung + 1) * width);
    result.put(name, std::move(rows));
  }
  return result;
}

}  // namespace echelon
