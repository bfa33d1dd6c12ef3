#include "echelon/parallel/partition.hpp"

#include <cstdint>

#include "echelon/core/error.hpp"

namespace echelon {

Range block(int items, int parts, int index) {
  require(items >= 0 && parts > 0 && 0 <= index && index < parts, ExitCode::internal,
          "block {} of {} of {} items does not exist", index, parts, items);
  const auto start = [&](std::int64_t part) { return static_cast<int>(items * part / parts); };
  return {start(index), start(index + std::int64_t{1})};
}

int block_of(int items, int parts, int item) {
  require(parts > 0 && 0 <= item && item < items, ExitCode::internal,
          "item {} of {} in {} parts does not exist", item, items, parts);
  return static_cast<int>(((item + std::int64_t{1}) * parts - 1) / items);
}

Range replicas_on(int ranks, int replicas, int rank) {
  if (ranks <= replicas) return block(replicas, ranks, rank);
  const int replica = block_of(ranks, replicas, rank);
  return {replica, replica + 1};
}

Range ranks_of(int ranks, int replicas, int replica) {
  if (ranks > replicas) return block(ranks, replicas, replica);
  const int rank = block_of(replicas, ranks, replica);
  return {rank, rank + 1};
}

Placement::Placement(const Communicator& world, int replicas)
    : ranks_(world.size()),
      total_(replicas),
      replicas_(replicas_on(world.size(), replicas, world.rank())) {
  if (ranks_ > total_) team_ = world.split(replicas_.begin, world.rank());
}

}  // namespace echelon
