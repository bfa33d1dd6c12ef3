#pragma once

#include <span>
#include <string>
#include <vector>

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

/// A column of the target's own that the ladder's table keeps per rung: "step", one entry a layer.
struct RungColumn {
  std::string name;
  int entries = 1;
  bool operator==(const RungColumn&) const = default;
};

/// Neighbours of equal name become one column of that many entries.
std::vector<RungColumn> rung_columns(std::span<const std::string> names);

/// Every table of a run directory (interface.md, data model of run.h5), for what tempering records
/// (tempering/sink.hpp) plus /ladder/static, which the program itself adds: the rungs'
/// temperatures.
Schema run_schema(const RunShape& shape, std::span<const RungColumn> target_columns);

namespace tables {
/// One row, kept latest only: temperature (rung, layer) = A_k / beta in units of the mean loss.
inline constexpr std::string_view ladder_static = "/ladder/static";
}  // namespace tables

}  // namespace echelon
