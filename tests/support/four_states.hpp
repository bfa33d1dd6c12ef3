#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/core/rung.hpp"
#include "echelon/random/stream.hpp"

namespace echelon {

/// Laws on four states, small enough to write every transition matrix down. Rung r has the density
///     log pi_r(s) = -beta_r loss(s) + bend(r, s),
/// where the bend plays the part of a normaliser that varies with the state: a swap that knows the
/// loss only is wrong. Rung 0 is the reference (beta = 0). `explore` makes one Metropolis step.
class FourStates {
 public:
  static constexpr int states = 4;
  struct State {
    int s = 0;
  };

  static double loss(int s) {
    return std::array{0.0, 1.3, 0.4, 2.1}.at(static_cast<std::size_t>(s));
  }
  static double log_density(Rung rung, int s) {
    constexpr std::array bend{0.0, -0.9, 0.7, 1.6};
    return -rung.beta * loss(s) +
           rung.beta * (1 - 0.6 * rung.beta) * bend.at(static_cast<std::size_t>(s));
  }
  static std::vector<double> law(Rung rung) {
    std::vector<double> weights;
    double sum = 0;
    for (int s = 0; s < states; ++s) {
      weights.push_back(std::exp(log_density(rung, s)));
      sum += weights.back();
    }
    for (double& weight : weights) weight /= sum;
    return weights;
  }
  /// Probability of going from `from` to `to` in one explore (or refresh, at beta = 0).
  static double move_probability(Rung rung, int from, int to) {
    if (rung.beta == 0) return law(rung)[static_cast<std::size_t>(to)];
    const auto step = [&](int next) {
      return std::exp(std::min(0.0, log_density(rung, next) - log_density(rung, from))) /
             (states - 1);
    };
    if (from != to) return step(to);
    double stay = 1;
    for (int next = 0; next < states; ++next)
      if (next != from) stay -= step(next);
    return stay;
  }

  State start(Turn turn) const {
    Stream stream(turn.address(Purpose::start));
    return {static_cast<int>(stream.below(states))};
  }
  void refresh(State& state, Rung rung, Turn turn) const { explore(state, rung, turn); }
  void explore(State& state, Rung rung, Turn turn) const {
    Stream stream(turn.address(Purpose::explore));
    double left = stream.uniform();
    int next = 0;
    while (next < states - 1 && (left -= move_probability(rung, state.s, next)) > 0) ++next;
    state.s = next;
  }
  double energy(const State& state) const { return loss(state.s); }
  double log_ratio(State& state, Rung here, Rung there, Turn) const {
    return log_density(there, state.s) - log_density(here, state.s);
  }
  void arrive(State&, Rung, Rung) const {}

  int report_size() const { return 0; }
  std::vector<std::string> report_names() const { return {}; }
  void report(const State&, std::span<double>) const {}
  void adapt(Rung, std::span<const double>, std::int64_t) const {}
  Archive pack(const State& state) const {
    Archive archive;
    archive.put("s", std::int64_t{state.s});
    return archive;
  }
  State unpack(const Archive& archive) const {
    return {static_cast<int>(archive.get_scalar<std::int64_t>("s"))};
  }
  Archive pack_tuning() const { return {}; }
  void unpack_tuning(const Archive&) const {}
  Archive statistics(State& state) const {
    Archive archive;
    archive.put("train_loss", loss(state.s));
    return archive;
  }
  Archive weights(State& state) const { return pack(state); }
};

}  // namespace echelon
