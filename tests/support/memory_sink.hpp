#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "echelon/core/snapshot.hpp"
#include "echelon/tempering/sink.hpp"

namespace echelon {

/// A sink in memory with the semantics of a run directory: rows become durable with a commit, and
/// restart() forgets the others.
class MemorySink {
 public:
  using Row = std::vector<Archive>;

  void record(std::string_view table, std::span<const Archive> row) {
    rows_[std::string(table)].emplace_back(row.begin(), row.end());
  }
  bool commit(const Snapshot& snapshot) {
    ++commits;
    if (refuse && refuse(commits)) return false;
    snapshots.push_back(snapshot);
    committed_.clear();
    for (const auto& [table, rows] : rows_) committed_[table] = rows.size();
    return true;
  }
  /// What a killed process leaves behind.
  void restart() {
    for (auto& [table, rows] : rows_) rows.resize(std::min(rows.size(), committed_[table]));
  }

  const std::vector<Row>& rows(std::string_view table) const {
    static const std::vector<Row> none;
    const auto found = rows_.find(std::string(table));
    return found == rows_.end() ? none : found->second;
  }
  /// One value per row of a column of one chain.
  template <class T>
  std::vector<T> column(std::string_view table, const std::string& name, std::size_t index = 0,
                        std::size_t chain = 0) const {
    std::vector<T> values;
    for (const Row& row : rows(table)) values.push_back(row.at(chain).get<T>(name).at(index));
    return values;
  }
  /// Every bit of one table as a number (FNV-1a), NaNs included.
  std::uint64_t hash(std::string_view table) const {
    std::uint64_t value = start_;
    for (const Row& row : rows(table))
      for (const Archive& archive : row) add(value, archive);
    return value;
  }
  /// Every bit of every table but the timing, and of the last snapshot.
  std::uint64_t hash() const {
    std::uint64_t value = start_;
    for (const auto& [table, rows] : rows_)
      if (table != tables::timing) value = value * prime_ + hash(table);
    if (snapshots.empty()) return value;
    add(value, snapshots.back().common);
    for (const Archive& replica : snapshots.back().replicas) add(value, replica);
    return value;
  }

  std::vector<Snapshot> snapshots;  ///< every successful commit
  int commits = 0;                  ///< attempts
  std::function<bool(int)> refuse;  ///< attempt number, from 1: true lets it fail

 private:
  static constexpr std::uint64_t start_ = 14695981039346656037U;
  static constexpr std::uint64_t prime_ = 1099511628211U;

  static void add(std::uint64_t& value, const Archive& archive) {
    for (const std::byte byte : archive.to_bytes())
      value = (value ^ static_cast<std::uint64_t>(byte)) * prime_;
    value = (value ^ 0x7cU) * prime_;  // where one archive ends
  }

  std::map<std::string, std::vector<Row>> rows_;
  std::map<std::string, std::size_t> committed_;
};

}  // namespace echelon
