#include "row_reader.hpp"

#include <algorithm>
#include <utility>

#include "echelon/tempering/sink.hpp"

namespace echelon {

RowReader::RowReader(const RunView& run, std::string_view table, std::vector<std::string> columns)
    : run_(run), table_(table), columns_(std::move(columns)) {
  std::erase_if(columns_, [&](const auto& column) { return !run_.has(table_, column); });
}

void RowReader::each(const std::function<void(std::span<const Archive>)>& use) const {
  constexpr std::int64_t at_once = 1024;
  const auto rows = run_.rows(table_);
  for (std::int64_t first = 0; first < rows; first += at_once)
    for (const auto& row : read(first, std::min(at_once, rows - first))) use(row);
}

std::vector<std::vector<Archive>> RowReader::read(std::int64_t first, std::int64_t count) const {
  std::vector<std::vector<Archive>> rows(static_cast<std::size_t>(count));
  for (const auto& column : columns_) {
    const auto shape = run_.shape(table_, column);
    const auto values = run_.read<double>(table_, column, first, count);
    const std::size_t chains = shape[0];
    // The row axis is behind (chain) or (chain, rung).
    const bool behind_rungs = table_ == tables::trace;
    const std::size_t before = behind_rungs ? shape[1] : 1;
    const std::size_t after = values.size() / chains / before / rows.size();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].resize(chains);
      for (std::size_t chain = 0; chain < chains; ++chain) {
        std::vector<double> mine;
        for (std::size_t b = 0; b < before; ++b)
          for (std::size_t a = 0; a < after; ++a)
            mine.push_back(values[((chain * before + b) * rows.size() + i) * after + a]);
        rows[i][chain].put(column, std::move(mine));
      }
    }
  }
  return rows;
}

}  // namespace echelon
