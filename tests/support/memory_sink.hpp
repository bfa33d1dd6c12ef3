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
  /// Every bit of every table but the timing, and of the last snapshot, as one number (FNV-1a).
  std::uint64_t hash() const {
    std::uint64_t value = 14695981039346656037U;
    const auto add = [&value](const Archive& archive) {
      for (const std::byte byte : archive.to_bytes())
        value = (value ^ static_cast<std::uint64_t>(byte)) * 1099511628211U;
      value = (value ^ 0x7cU) * 1099511628211U;
    };
    for (const auto& [table, rows] : rows_)
      if (table != tables::timing)
        for (const Row& row : rows) std::for_each(row.begin(), row.end(), add);
    if (!snapshots.empty()) {
      add(snapshots.back().common);
      std::for_each(snapshots.back().replicas.begin(), snapshots.back().replicas.end(), add);
    }
    return value;
  }

  std::vector<Snapshot> snapshots;  ///< every successful commit
  int commits = 0;                  ///< attempts
  std::function<bool(int)> refuse;  ///< attempt number, from 1: true lets it fail

 private:
  std::map<std::string, std::vector<Row>> rows_;
  std::map<std::string, std::size_t> committed_;
};

}  // namespace echelon
