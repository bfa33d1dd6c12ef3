#pragma once

namespace echelon {

/// Which part of one layer's weights a proposal replaces: one row (one output unit), or all rows.
struct Change {
  static constexpr int all = -1;
  int row = all;
  bool operator==(const Change&) const = default;
};

}  // namespace echelon
