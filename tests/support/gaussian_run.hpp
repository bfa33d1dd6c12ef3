#pragma once

#include <utility>

#include "echelon/core/error.hpp"
#include "echelon/parallel/communicator.hpp"
#include "echelon/tempering/driver.hpp"
#include "support/gaussian_target.hpp"
#include "support/memory_sink.hpp"

namespace echelon {

/// A GaussianTarget that insists on being called alike by every member of its team.
class TeamGaussian : public GaussianTarget {
 public:
  TeamGaussian(Communicator team, int dimensions, double precision, Kernel kernel)
      : GaussianTarget(dimensions, precision, kernel), team_(std::move(team)) {}

  void explore(State& state, Rung rung, Turn turn) const {
    GaussianTarget::explore(state, rung, turn);
    compare(state);
  }
  void refresh(State& state, Rung rung, Turn turn) const {
    GaussianTarget::refresh(state, rung, turn);
    compare(state);
  }
  double log_ratio(State& state, Rung here, Rung there, Turn turn) const {
    compare(state);
    return GaussianTarget::log_ratio(state, here, there, turn);
  }
  Archive statistics(State& state) const {
    compare(state);
    return GaussianTarget::statistics(state);
  }

 private:
  void compare(const State& state) const {
    std::vector<double> roots = state.x;
    team_.broadcast(std::span(roots));
    require(roots == state.x, ExitCode::internal, "members of a team hold different states");
  }

  Communicator team_;
};

/// One run of a toy ladder on the ranks of `world`; `from` goes on from a snapshot root holds.
struct GaussianRun {
  int dimensions = 3;
  double precision = 20;
  GaussianTarget::Kernel kernel = GaussianTarget::Kernel::metropolis;
  Ladder ladder = Ladder::geometric(5, 0.1, PriorEnd::included);
  Options options = {};

  using RunDriver = Driver<TeamGaussian, MemorySink>;

  RunDriver driver(const Communicator& world, MemorySink& sink) const {
    const auto make = [this](const Communicator& team) {
      return TeamGaussian(team, dimensions, precision, kernel);
    };
    return RunDriver(world, options, make, &sink);
  }
  Outcome run(const Communicator& world, MemorySink& sink) const {
    return driver(world, sink).run(ladder);
  }
  Outcome resume(const Communicator& world, MemorySink& sink) const {
    sink.restart();
    return driver(world, sink).resume(world.is_root() ? &sink.snapshots.back() : nullptr);
  }
};

}  // namespace echelon
