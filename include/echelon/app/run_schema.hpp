#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/storage/schema.hpp"

namespace echelon {

/// The sizes that the tables of a run are made of.
struct RunShape {
  std::vector<int> widths;
  int ladders = 1;
  int rungs = 1;  ///< room on the rung axes
  ElementType weights = ElementType::real32;
  bool stores_weights = true;
};

/// Every table of a run directory (interface.md, data model of run.h5): what tempering records
/// (tempering/sink.hpp) and what the program adds at the end of each round: /ladder/kernel,
/// /bounds. `report_names` are the target's: neighbours of equal name are one column, whose
/// trailing axis is the layer when there is one of them per layer. `statistics` is what its draws
/// report: scalars, or one number per layer.
Schema run_schema(const RunShape& shape, std::span<const std::string> report_names,
                  const Archive& statistics);

namespace tables {
/// Latest row only: temperature, acceptance and step (rung, layer).
inline constexpr std::string_view ladder_kernel = "/ladder/kernel";
/// One row a production round, if the ladder begins at the prior: the bounds so far.
inline constexpr std::string_view bounds = "/bounds";
}  // namespace tables

}  // namespace echelon
