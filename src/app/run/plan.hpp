#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace echelon {

/// "6 replicas on 4 ranks: 1 to 2 replicas a rank", or the size of the teams that share a replica.
std::string describe_placement(int replicas, int ranks);

/// What the sampler keeps in memory, in bytes.
struct MemoryEstimate {
  double data_per_node = 0;  ///< inputs of both splits
  double per_replica = 0;    ///< weights, and two sets of activations over all samples
};
MemoryEstimate estimate_memory(const std::vector<int>& widths, std::int64_t samples,
                               std::int64_t test_samples, int bytes_per_number);

/// Weights of all layers.
double weight_count(const std::vector<int>& widths);

}  // namespace echelon
