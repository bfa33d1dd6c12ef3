#include "echelon/tempering/swap.hpp"

#include <algorithm>
#include <cmath>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

Attempt decide(double up, double down, double uniform) {
  Attempt attempt;
  attempt.up = up;
  attempt.down = down;
  const double log_ratio = up + down;
  if (std::isnan(log_ratio)) return attempt;
  attempt.acceptance = std::exp(std::min(0.0, log_ratio));
  attempt.accepted = std::log(uniform) < log_ratio;
  return attempt;
}

}  // namespace

int partner_of(int rung, int rungs, std::int64_t parity) {
  const int partner = rung % 2 == parity % 2 ? rung + 1 : rung - 1;
  return partner < rungs ? partner : -1;
}

SwapRound swap_round(const Assignment& before, std::span<const double> log_ratios,
                     std::int64_t parity, std::span<const double> uniforms) {
  const auto slots = static_cast<std::size_t>(before.replicas());
  require(log_ratios.size() == slots && uniforms.size() == slots, ExitCode::internal,
          "swap round of {} replicas got {} log ratios and {} uniforms", slots, log_ratios.size(),
          uniforms.size());
  SwapRound round{before, {}};
  for (int ladder = 0; ladder < before.ladders(); ++ladder)
    for (int lower = 0; lower < before.rungs(); ++lower) {
      if (partner_of(lower, before.rungs(), parity) != lower + 1) continue;
      const auto x = static_cast<std::size_t>(before.replica_at(ladder, lower));
      const auto y = static_cast<std::size_t>(before.replica_at(ladder, lower + 1));
      const auto slot = static_cast<std::size_t>(ladder * before.rungs() + lower);
      Attempt attempt = decide(log_ratios[x], log_ratios[y], uniforms[slot]);
      attempt.ladder = ladder;
      attempt.lower = lower;
      if (attempt.accepted) round.after.exchange(ladder, lower);
      round.attempts.push_back(attempt);
    }
  return round;
}

}  // namespace echelon
