#include "echelon/storage/view_file.hpp"

#include "echelon/core/error.hpp"
#include "echelon/storage/view.hpp"

namespace echelon {
namespace {

/// Whether run.h5 is the view of the manifest, byte for byte.
bool view_is_current(const fs::path& directory) try {
  const auto found = find_manifest(directory);
  if (!found) return true;
  const auto image = build_view(found->manifest);
  return read_file(directory / run_files::view, image.size()) == image;
} catch (const Error&) {
  return false;  // missing or damaged
}

}  // namespace

void write_view(const fs::path& directory, const Manifest& manifest) {
  atomic_write(directory, run_files::view, build_view(manifest));
}

void renew_view(const fs::path& directory, const Warn& warn) try {
  if (view_is_current(directory)) return;
  const RunLock lock(directory, warn);
  remove_temporaries(directory);
  if (const auto found = find_manifest(directory)) write_view(directory, found->manifest);
} catch (const Error& error) {
  warn(fmt::format("{} was not renewed: {}", run_files::view, error.what()));
}

}  // namespace echelon
