#pragma once

#include <fmt/format.h>

#include <limits>
#include <span>
#include <string>
#include <vector>

#include "echelon/sampler/counters.hpp"

namespace echelon {

/// What a BranchTarget reports of its last explore: acceptance probability per layer; where layers
/// are switched, switching work and its square per layer in units of A_k; evaluations and
/// non-finite losses; V_1 .. V_{d-1} where they are measured. NaN where nothing happened.
struct BranchReport {
  int depth;
  bool works;          ///< whether layers are switched
  bool free_energies;  ///< whether these are measured

  std::vector<std::string> names() const {
    const auto layers = static_cast<std::size_t>(depth);
    std::vector<std::string> names(layers, "acceptance");
    for (const char* name : {"work", "work_square"})
      names.insert(names.end(), works ? layers : 0, name);
    names.insert(names.end(), {"evaluations", "non_finite"});
    for (int k = 1; free_energies && k < depth; ++k)
      names.push_back(fmt::format("free_energy_{}", k));
    return names;
  }

  /// `measured`: V_1 .. V_{d-1}, or empty.
  void write(const Counters& counters, std::span<const double> measured,
             std::span<double> out) const {
    std::size_t i = 0;
    const auto mean = [](double sum, std::int64_t n) { return sum / static_cast<double>(n); };
    for (const auto& layer : counters.layers) out[i++] = mean(layer.acceptance, layer.proposals);
    if (works) {
      for (const auto& layer : counters.layers) out[i++] = mean(layer.work, layer.switches);
      for (const auto& layer : counters.layers) out[i++] = mean(layer.work_square, layer.switches);
    }
    out[i++] = static_cast<double>(counters.evaluations);
    out[i++] = static_cast<double>(counters.non_finite);
    for (std::size_t k = 0; i < out.size(); ++k)
      out[i++] = measured.empty() ? std::numeric_limits<double>::quiet_NaN() : measured[k];
  }
};

}  // namespace echelon
