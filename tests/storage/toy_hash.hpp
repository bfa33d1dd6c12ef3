#pragma once

#include <cstring>
#include <span>
#include <string>

#include "echelon/storage/run_view.hpp"

namespace echelon::toy {

/// One hash over every committed row of every table and the newest state: equal for two runs when
/// they hold the same bits, however these were split into commits.
inline std::string content_hash(const std::filesystem::path& directory) {
  const RunView view(directory);
  std::vector<std::byte> all;
  const auto add = [&all](const auto& values) {
    const auto bytes = std::as_bytes(std::span(values));
    all.insert(all.end(), bytes.begin(), bytes.end());
  };
  for (const auto& table : view.manifest().schema.tables)
    for (const auto& column : table.columns)
      with_element(column.type, [&](auto zero) {
        add(view.read<decltype(zero)>(table.name, column.name));
        return 0;
      });
  const Snapshot snapshot = view.snapshot();
  add(snapshot.common.to_bytes());
  for (const auto& replica : snapshot.replicas) add(replica.to_bytes());
  return hash_of(all);
}

}  // namespace echelon::toy
