#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "echelon/random/stream.hpp"
#include "echelon/tempering/ladder.hpp"

namespace echelon {

/// The naive twin of the driver: one ladder, one process, states instead of temperatures exchanged,
/// the textbook decision log u < (beta_i - beta_j) (E_i - E_j) / temperature. Returns the loss of
/// every rung at every sweep, [sweep][rung], row 0 the start.
template <class T>
std::vector<std::vector<double>> naive_losses(T target, double inverse_temperature,
                                              const Ladder& ladder, std::uint64_t seed,
                                              std::int64_t sweeps) {
  struct Walker {
    std::uint32_t replica;
    typename T::State state;
  };
  std::vector<Walker> walkers;
  for (std::uint32_t replica = 0; replica < static_cast<std::uint32_t>(ladder.rungs()); ++replica)
    walkers.push_back({replica, target.start({seed, replica, 0})});
  std::vector<std::vector<double>> losses;
  const auto record = [&] {
    losses.emplace_back();
    for (const Walker& walker : walkers) losses.back().push_back(target.energy(walker.state));
  };
  record();
  for (std::int64_t sweep = 1; sweep <= sweeps; ++sweep) {
    for (int rung = 0; rung < ladder.rungs(); ++rung) {
      Walker& walker = walkers[static_cast<std::size_t>(rung)];
      const Turn turn{seed, walker.replica, static_cast<std::uint64_t>(sweep)};
      if (ladder.rung(rung).beta == 0)
        target.refresh(walker.state, ladder.rung(rung), turn);
      else
        target.explore(walker.state, ladder.rung(rung), turn);
    }
    record();
    for (int lower = static_cast<int>((sweep - 1) % 2); lower + 1 < ladder.rungs(); lower += 2) {
      const auto i = static_cast<std::size_t>(lower);
      const double log_ratio = (ladder.rung(lower).beta - ladder.rung(lower + 1).beta) *
                               inverse_temperature * (losses.back()[i] - losses.back()[i + 1]);
      Stream stream(Address{seed, Purpose::swap, static_cast<std::uint32_t>(lower),
                            static_cast<std::uint64_t>(sweep)});
      if (std::log(stream.uniform()) < log_ratio) std::swap(walkers[i], walkers[i + 1]);
    }
  }
  return losses;
}

}  // namespace echelon
