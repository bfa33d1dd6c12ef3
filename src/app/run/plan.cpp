#include "plan.hpp"

#include <fmt/format.h>

namespace echelon {
namespace {

/// "3" or "3 to 4": the sizes of `items` dealt evenly to `parts`.
std::string share(int items, int parts) {
  const int least = items / parts;
  return items % parts == 0 ? fmt::format("{}", least) : fmt::format("{} to {}", least, least + 1);
}

}  // namespace

double weight_count(const std::vector<int>& widths) {
  double count = 0;
  for (std::size_t k = 1; k < widths.size(); ++k) count += double(widths[k]) * widths[k - 1];
  return count;
}

std::string describe_placement(int replicas, int ranks) {
  const auto who = fmt::format("{} replica{} on {} rank{}", replicas, replicas == 1 ? "" : "s",
                               ranks, ranks == 1 ? "" : "s");
  if (ranks == 1 || ranks == replicas) return who;
  if (ranks < replicas) return fmt::format("{}: {} on each", who, share(replicas, ranks));
  return fmt::format("{}: teams of {} share a replica's data", who, share(ranks, replicas));
}

MemoryEstimate estimate_memory(const std::vector<int>& widths, std::int64_t samples,
                               std::int64_t test_samples, int bytes_per_number) {
  double hidden = 0;
  for (std::size_t k = 1; k + 1 < widths.size(); ++k) hidden += widths[k];
  const auto all = static_cast<double>(samples + test_samples);
  const double activations = 2 * hidden * static_cast<double>(samples);
  const double weights = 3 * weight_count(widths);
  return {.data_per_node = all * widths.front() * 4.0,
          .per_replica = (activations + weights) * bytes_per_number};
}

}  // namespace echelon
