#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/core/rung.hpp"
#include "echelon/random/stream.hpp"

namespace echelon {

/// A target whose every answer is known: the prior N(0, 1) in each of `dimensions` coordinates and
/// the training loss L(x) = |x|^2 / 2 at inverse temperature `precision`, so that
///     pi_beta = N(0, 1 / (1 + beta precision)),   E_beta L = dimensions / (2 (1 + beta
///     precision)), Z_beta / Z_0 = (1 + beta precision)^(-dimensions / 2).
/// `explore` draws from pi_beta exactly (Kernel::exact) or makes one random-walk Metropolis step
/// whose length is tuned per rung (Kernel::metropolis).
class GaussianTarget {
 public:
  enum class Kernel { exact, metropolis };
  struct State {
    std::vector<double> x;
    double accepted = 0;     // of the last explore
    std::int64_t moves = 0;  // arrivals, a state that only swaps change
  };

  GaussianTarget(int dimensions, double precision, Kernel kernel)
      : dimensions_(static_cast<std::size_t>(dimensions)), precision_(precision), kernel_(kernel) {}

  State start(Turn turn) const {
    State state{std::vector<double>(dimensions_), 0, 0};
    Stream stream(turn.address(Purpose::start));
    stream.fill_normal(std::span(state.x));
    return state;
  }
  void refresh(State& state, Rung, Turn turn) const {
    Stream stream(turn.address(Purpose::reference));
    stream.fill_normal(std::span(state.x));
  }
  void explore(State& state, Rung rung, Turn turn) const {
    Stream stream(turn.address(Purpose::explore));
    if (kernel_ == Kernel::exact) {
      stream.fill_normal(std::span(state.x));
      for (double& x : state.x) x /= std::sqrt(1 + rung.beta * precision_);
      return;
    }
    std::vector<double> proposal(dimensions_);
    stream.fill_normal(std::span(proposal));
    for (std::size_t i = 0; i < dimensions_; ++i)
      proposal[i] = state.x[i] + step(rung) * proposal[i];
    const double log_ratio = (1 + rung.beta * precision_) * (loss(state.x) - loss(proposal));
    state.accepted = std::exp(std::min(0.0, log_ratio));
    if (std::log(stream.uniform()) < log_ratio) state.x = proposal;
  }
  double energy(const State& state) const { return loss(state.x); }
  double log_ratio(State& state, Rung here, Rung there, Turn) const {
    return (here.beta - there.beta) * precision_ * loss(state.x);
  }
  void arrive(State& state, Rung, Rung) const { ++state.moves; }

  int report_size() const { return 2; }
  std::vector<std::string> report_names() const { return {"acceptance", "acceptance"}; }
  void report(const State& state, std::span<double> out) const {
    out[0] = state.accepted;
    out[1] = static_cast<double>(state.moves);
  }
  void adapt(Rung rung, std::span<const double> report, std::int64_t warmup_sweep) {
    const double gain = 2 / std::sqrt(static_cast<double>(warmup_sweep));
    const double next = step(rung) * std::exp(gain * (report[0] - 0.4));
    const auto index = static_cast<std::size_t>(rung.index);
    steps_.resize(std::max(steps_.size(), index + 1), 1.0);
    steps_[index] = next;
  }

  Archive pack(const State& state) const {
    Archive archive;
    archive.put("x", state.x);
    archive.put("accepted", state.accepted);
    archive.put("moves", state.moves);
    return archive;
  }
  State unpack(const Archive& archive) const {
    return {archive.get<double>("x"), archive.get_scalar<double>("accepted"),
            archive.get_scalar<std::int64_t>("moves")};
  }
  Archive pack_tuning() const {
    Archive archive;
    archive.put("step", steps_);
    return archive;
  }
  void unpack_tuning(const Archive& archive) { steps_ = archive.get<double>("step"); }

  Archive statistics(State& state) const {
    Archive archive;
    archive.put("train_loss", loss(state.x));
    return archive;
  }
  Archive weights(State& state) const {
    Archive archive;
    archive.put("W1", state.x);
    return archive;
  }

 private:
  static double loss(const std::vector<double>& x) {
    double sum = 0;
    for (const double value : x) sum += value * value;
    return sum / 2;
  }
  // Rungs never tuned take steps of length 1.
  double step(Rung rung) const {
    const auto index = static_cast<std::size_t>(rung.index);
    return index < steps_.size() ? steps_[index] : 1.0;
  }

  std::size_t dimensions_;
  double precision_;
  Kernel kernel_;
  std::vector<double> steps_;
};

}  // namespace echelon
