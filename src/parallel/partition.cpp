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

Placement::Placement(const Communicator& world, int replicas)
    : ranks_(world.size()), total_(replicas) {
  require(replicas > 0, ExitCode::internal, "{} replicas cannot be placed (at least 1)", replicas);
  if (ranks_ <= total_) {
    replicas_ = block(total_, ranks_, world.rank());
    return;
  }
  const int replica = block_of(ranks_, total_, world.rank());
  replicas_ = {replica, replica + 1};
  team_ = world.split(replica, world.rank());
}

int Placement::owner(int replica) const {
  require(0 <= replica && replica < total_, ExitCode::internal, "replica {} of {} does not exist",
          replica, total_);
  return ranks_ <= total_ ? block_of(total_, ranks_, replica)
                          : block(ranks_, total_, replica).begin;
}

}  // namespace echelon
