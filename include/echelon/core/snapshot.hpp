#pragma once

#include <cstdint>
#include <vector>

#include "echelon/core/archive.hpp"

namespace echelon {

/// The whole run between two sweeps: enough to go on with the same bits on any number of ranks.
/// Random streams have addresses, so there is no generator to store.
struct Snapshot {
  std::int64_t sweep = 0;         ///< sweeps done, warm-up included
  Archive common;                 ///< ladder, assignment, tuning, accumulators
  std::vector<Archive> replicas;  ///< one per replica, in the order of their ids
  bool operator==(const Snapshot&) const = default;
};

}  // namespace echelon
