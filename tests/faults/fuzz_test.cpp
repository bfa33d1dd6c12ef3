// R14: loaders of manifests and checkpoints meet damage that no hash told of. They may accept what
// still makes sense; otherwise they end with Error(data), never with a crash (run this under the
// sanitizers, too: preset asan).

#include <cstdlib>
#include <random>

#include "echelon/storage/snapshot_file.hpp"
#include "storage/toy_fixture.hpp"

// HDF5 itself does not free everything after it met a damaged file.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }

namespace echelon {
namespace {

int rounds(int on_push) {
  const char* wanted = std::getenv("ECHELON_FUZZ_ROUNDS");
  return wanted ? std::atoi(wanted) : on_push;
}

/// One to eight changes: a byte anywhere, a few bytes copied elsewhere, or the end cut off.
std::string mutated(const std::string& good, std::mt19937& random) {
  std::string text = good;
  const auto below = [&random](std::size_t n) { return random() % n; };
  for (std::size_t change = 0, changes = 1 + below(8); change < changes; ++change) {
    const std::size_t at = below(text.size());
    switch (below(8)) {
      case 0:
        text.resize(at + 1);
        break;
      case 1:
        text.replace(at, 8, text.substr(below(text.size()), 8));
        break;
      case 2:
        text[at] = static_cast<char>(0xff);
        break;
      default:
        text[at] = static_cast<char>(random());
    }
  }
  return text;
}

/// Counts what was accepted; anything but Error(data) from `load` fails the test.
template <class Load>
void fuzz(const std::string& good, int count, Load&& load) {
  std::mt19937 random(1);
  int accepted = 0;
  for (int i = 0; i < count; ++i) try {
      load(mutated(good, random));
      ++accepted;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data) << error.what();
    }
  std::cout << count << " mutants, " << accepted << " accepted\n";
}

TEST(Fuzz, CheckpointLoader) {
  const auto bytes = to_checkpoint(toy::Run{}.snapshot());
  const std::string good(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  fuzz(good, rounds(5000), [](const std::string& text) {
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
  fuzz(good.substr(begin), rounds(20000), [&](const std::string& text) {
    const std::string hash = hash_of(std::as_bytes(std::span(text)));
    const Manifest manifest = manifest_from_text(good.substr(0, begin - hash.size()) + hash + text);
    // What was accepted must be safe to work with.
    for (const auto& table : manifest.schema.tables) manifest.shown_rows(table);
    manifest_from_text(to_text(manifest));
  });
}

}  // namespace
}  // namespace echelon
