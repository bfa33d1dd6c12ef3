#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/core/error.hpp"
#include "echelon/parallel/communicator.hpp"
#include "echelon/tempering/sink.hpp"
#include "echelon/tempering/watch.hpp"

namespace echelon {

/// Seconds on the steady clock, from an arbitrary moment on.
inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Root's archive, on every rank. Collective.
inline Archive broadcast(const Communicator& world, const Archive& archive) {
  std::vector<std::byte> bytes = archive.to_bytes();
  world.broadcast_bytes(bytes);
  return Archive::from_bytes(bytes);
}

/// When a commit began, whether the run ends with it, and what its snapshots count.
struct CommitCall {
  double began = 0;
  bool leaving = false;
  std::string_view unit = "sweep";
};

/// Root alone writes; all ranks learn together whether it went well, and leave together, with
/// Error(io), if it must go well now or has failed for too long. `snapshot` matters on root only.
/// Collective.
template <Sink S>
void commit(const Communicator& world, S* sink, Watch& watch, const Snapshot& snapshot,
            const CommitCall& call, const std::function<double()>& now) {
  std::int64_t verdict = 0;
  if (world.is_root()) {
    const bool success = sink->commit(snapshot);
    watch.committed(call.began, now(), success);
    if (!success && (call.leaving || watch.given_up(now()))) verdict = 1;
  }
  require(world.all_max(verdict) == 0, ExitCode::io,
          "{} {} cannot be committed (writing keeps failing) free some space and run the same "
          "command again: earlier commits are untouched",
          call.unit, snapshot.sweep);
}

}  // namespace echelon
