#pragma once

#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "echelon/random/stream.hpp"
#include "echelon/sampler/point.hpp"
#include "echelon/sampler/temperatures.hpp"

namespace echelon {

/// A target that also reports the weights of its draws, one number per layer, so that the trace has
/// a column "w" with the draws of every rung.
template <class Base>
struct Watched : Base {
  using State = typename Base::State;

  explicit Watched(Base base) : Base(std::move(base)) {}

  int report_size() const { return Base::report_size() + this->depth(); }
  std::vector<std::string> report_names() const {
    auto names = Base::report_names();
    names.insert(names.end(), at(this->depth()), "w");
    return names;
  }
  void report(const State& state, std::span<double> out) const {
    const auto own = static_cast<std::size_t>(Base::report_size());
    Base::report(state, out.first(own));
    std::size_t next = own;
    for (const auto& layer : weights_of(state)) out[next++] = layer(0);
  }

 private:
  static const auto& weights_of(const State& state) {
    if constexpr (requires { state.draw; })
      return state.draw.weights;
    else
      return state.recorded ? state.recorded->weights : state.live.weights;
  }
};

/// The swap rule of ordinary tempering, wrong at theta < 1: it leaves the normalisers out.
template <class Base>
struct EnergyOnly : Base {
  Temperatures temperatures;

  EnergyOnly(Base base, Temperatures t) : Base(std::move(base)), temperatures(std::move(t)) {}
  double log_ratio(typename Base::State& state, Rung here, Rung there, Turn) const {
    const int last = temperatures.depth() - 1;
    return (temperatures.inverse(last, here) - temperatures.inverse(last, there)) *
           this->energy(state);
  }
};

/// Random numbers that belong to a rank instead of a replica and its sweep.
template <class Base>
struct RankOwned : Base {
  int rank;

  RankOwned(Base base, int owner) : Base(std::move(base)), rank(owner) {}
  void explore(typename Base::State& state, Rung rung, Turn turn) {
    turn.seed += static_cast<std::uint64_t>(rank);
    Base::explore(state, rung, turn);
  }
};

}  // namespace echelon
