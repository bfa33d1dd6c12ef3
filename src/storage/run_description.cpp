#include "echelon/storage/run_description.hpp"

#include <algorithm>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

std::string value_in(const std::map<std::string, std::string>& keys, const std::string& key) {
  const auto found = keys.find(key);
  return found == keys.end() ? "(unknown)" : found->second;
}

std::string differences(const std::map<std::string, std::string>& old_keys,
                        const std::map<std::string, std::string>& new_keys) {
  std::map<std::string, std::string> all = old_keys;
  all.insert(new_keys.begin(), new_keys.end());
  std::string lines;
  for (const auto& [key, unused] : all) {
    const std::string old_value = value_in(old_keys, key);
    const std::string new_value = value_in(new_keys, key);
    if (old_value != new_value)
      lines += fmt::format("\n  {} = {}  (the run has {})", key, new_value, old_value);
  }
  return lines;
}

/// Equal but for texts that only people read.
bool same_layout(const Table& a, const Table& b) {
  return a.group == b.group && a.row_axis == b.row_axis &&
         std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                    [](const Column& x, const Column& y) {
                      return x.name == y.name && x.source() == y.source() && x.type == y.type &&
                             x.dims == y.dims && x.row_axis == y.row_axis;
                    });
}

}  // namespace

void check_resumable(const Manifest& manifest, const RunDescription& description) {
  const std::string lines = differences(manifest.keys.frozen, description.keys.frozen);
  require(lines.empty(), ExitCode::usage,
          "the run cannot go on with another configuration (these keys decide what is sampled) "
          "choose another --out, or --restart to throw the run away:{}",
          lines);
  require(manifest.data_hash == description.data_hash, ExitCode::data,
          "the data are not those of the run (hash {}, the run has {})", description.data_hash,
          manifest.data_hash);
  for (const auto& table : description.schema.tables) {
    const Table* stored = manifest.schema.find(table.name);
    require(stored == nullptr || same_layout(*stored, table), ExitCode::data,
            "table '{}' of the run has other columns than this program writes (another version?)",
            table.name);
  }
}

}  // namespace echelon
