#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "echelon/app/run_schema.hpp"

namespace echelon {

/// The axes that the columns of one run share.
struct Axes {
  explicit Axes(const RunShape& shape);
  Dimension chain, rung, pair, layer;
};

/// A column with the row axis behind the chain axis, if it has one, else in front.
Column column(std::string name, std::vector<Dimension> dims, std::string meaning,
              ElementType type = ElementType::real64, std::string units = "");

/// The scalars of draws, from what a draw reports: one number, or one per layer.
Table statistics_table(std::string_view name, std::string group, const Axes& axes,
                       const Archive& statistics);

/// What the target reports, as (dims...) or, where a name repeats, (dims..., layer).
std::vector<Column> report_columns(const Axes& axes, std::span<const std::string> report_names,
                                   const std::vector<Dimension>& dims);

/// W1 (chain, draw, W1_out, W1_in), W2, ...
Table weights_table(std::string_view name, std::string group, const RunShape& shape);

}  // namespace echelon
