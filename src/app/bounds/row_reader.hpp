#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/storage/run_view.hpp"

namespace echelon {

/// Rows of a run's /trace or /sample_stats as the run recorded them: an archive per chain.
class RowReader {
 public:
  /// Columns that the table lacks are left out.
  RowReader(const RunView& run, std::string_view table, std::vector<std::string> columns);

  /// Calls use(row) for every row, in order, in bounded memory.
  void each(const std::function<void(std::span<const Archive>)>& use) const;

 private:
  std::vector<std::vector<Archive>> read(std::int64_t first, std::int64_t count) const;

  const RunView& run_;
  std::string_view table_;
  std::vector<std::string> columns_;
};

}  // namespace echelon
