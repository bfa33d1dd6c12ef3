#include "echelon/storage/discard.hpp"

#include <algorithm>

#include "echelon/core/error.hpp"
#include "echelon/storage/generations.hpp"

namespace echelon {
namespace {

bool is_manifest(const fs::path& file) {
  if (!fs::is_regular_file(fs::symlink_status(file))) return false;
  const auto bytes = read_file(file, fs::file_size(file));
  return looks_like_manifest({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

void discard_run(const fs::path& directory) {
  const RunFiles files = list_run_files(directory);
  const fs::path manifest = directory / run_files::manifest;
  const fs::path old_manifest = directory / run_files::old_manifest;
  const bool empty = files.numbered.empty() && !files.view &&
                     !fs::exists(fs::symlink_status(manifest)) &&
                     !fs::exists(fs::symlink_status(old_manifest));
  if (empty) return;
  require(is_manifest(manifest) || is_manifest(old_manifest), ExitCode::locked,
          "'{}' is not thrown away (no manifest shows that it is a run of this program) remove it "
          "by hand",
          directory.string());
  // The newer manifest goes last, so that a crash here leaves what this function recognises.
  for (const auto& name : files.numbered) remove_file(directory / name);
  for (const auto& name : files.temporaries) remove_file(directory / name);
  for (const char* name :
       {run_files::view, run_files::config, run_files::old_manifest, run_files::manifest})
    remove_file(directory / name);
}

}  // namespace echelon
