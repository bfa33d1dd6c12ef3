#include "echelon/storage/run_description.hpp"

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

/// Only keys that both know are compared: what a newer program added has its default, or lost its
/// meaning, which is for the configuration to say.
std::string differences(const std::map<std::string, std::string>& of_run,
                        const std::map<std::string, std::string>& now) {
  std::string lines;
  for (const auto& [key, value] : of_run)
    if (const auto found = now.find(key); found != now.end() && found->second != value)
      lines += fmt::format("\n  {} = {}  (the run has {})", key, found->second, value);
  return lines;
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
  united(manifest.schema, description.schema);
}

}  // namespace echelon
