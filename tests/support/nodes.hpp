#pragma once

#include "echelon/parallel/communicator.hpp"

namespace echelon {

/// This rank's node when every node holds `ranks` consecutive ranks of the job: how a job on
/// several nodes looks to the program, on one machine.
inline Communicator nodes_of(int ranks) {
  const Communicator world = Mpi::world();
  return world.split(world.rank() / ranks, world.rank());
}

}  // namespace echelon
