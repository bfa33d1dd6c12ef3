// R14: loaders of manifests and checkpoints meet damage that no hash told of. They may accept what
// still makes sense; otherwise they end with Error(data), never with a crash (run this under the
// sanitizers, too: preset asan).

#include "support/fuzz.hpp"

#include "echelon/storage/snapshot_file.hpp"
#include "storage/toy_fixture.hpp"

// HDF5 itself does not free everything after it met a damaged file.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }

namespace echelon {
namespace {

TEST(Fuzz, CheckpointLoader) {
  const auto bytes = to_checkpoint(toy::Run{}.snapshot());
  const std::string good(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  fuzz("a checkpoint", good, 5000, ExitCode::data, [](const std::string& text) {
    const auto raw = std::as_bytes(std::span(text));
    from_checkpoint({raw.begin(), raw.end()}, "mutant");
  });
}

TEST(Fuzz, ManifestWithARightHash) {
  const toy::Run run;
  const TemporaryFolder folder;
  {
    RunDirectory(folder / "a", toy::description(), [](const std::string&) {
    }).commit(run.snapshot());
  }
  const std::string good = toy::contents(folder / "a" / "manifest.json");
  const std::size_t begin = good.find("\",\n\"content\"");
  ASSERT_NE(begin, std::string::npos);
  fuzz("a manifest", good.substr(begin), 20000, ExitCode::data, [&](const std::string& text) {
    const std::string hash = hash_of(std::as_bytes(std::span(text)));
    const Manifest manifest = manifest_from_text(good.substr(0, begin - hash.size()) + hash + text);
    // What was accepted must be safe to work with.
    for (const auto& table : manifest.schema.tables) manifest.shown_rows(table);
    manifest_from_text(to_text(manifest));
  });
}

}  // namespace
}  // namespace echelon
