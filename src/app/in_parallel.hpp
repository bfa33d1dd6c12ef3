#pragma once

#include <functional>

#include "echelon/core/error.hpp"
#include "echelon/parallel/communicator.hpp"

namespace echelon {

/// Runs `work` on every rank of the job and returns its exit code. An exception on any rank ends
/// the whole job with its message and code: no rank waits for a dead one.
int in_parallel(const std::function<ExitCode(const Communicator& world)>& work);

/// Where every rank would fail alike (a command line, a configuration), only the root may: the
/// others wait for it to end the job, so that there is one message.
template <class Work>
auto alike(const Communicator& world, const Work& work) {
  try {
    return work();
  } catch (const Error&) {
    if (!world.is_root()) world.barrier();
    throw;
  }
}

}  // namespace echelon
