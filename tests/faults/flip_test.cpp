// R5: one bit flipped at every byte, and every truncation, of every kind of committed file.

#include <fcntl.h>
#include <unistd.h>

#include <iostream>

#include "echelon/storage/generations.hpp"
#include "storage/toy_fixture.hpp"

namespace echelon {
namespace {

/// What resuming did about a damaged file.
enum class Outcome { silent, fell_back, refused, other };

class FlipTest : public toy::RunTest {
 protected:
  void SetUp() override {
    run("a", 8, 2);
    manifest = find_manifest(path("a"))->manifest;
  }

  Outcome resume() {
    try {
      const FoundManifest found = find_manifest(path("a")).value();
      const Generation generation = newest_valid(path("a"), found.manifest);
      const bool said = !found.warnings.empty() || !generation.warnings.empty();
      if (generation.manifest.sweeps_done() == 6 && said) return Outcome::fell_back;
      return Outcome::silent;
    } catch (const Error& error) {
      return error.code() == ExitCode::data ? Outcome::refused : Outcome::other;
    }
  }

  /// Whether reading the file alone, as every resume does first, goes unpunished.
  bool unnoticed(const std::string& name) {
    try {
      if (name == run_files::manifest) {
        manifest_from_text(toy::contents(path("a") / name));
      } else {
        const auto of_run = [&](const auto& entry) { return entry.file.name == name; };
        const auto segment = std::ranges::find_if(manifest.segments, of_run);
        check_stamp(path("a"), segment != manifest.segments.end()
                                   ? segment->file
                                   : std::ranges::find_if(manifest.checkpoints, of_run)->file);
      }
      return true;
    } catch (const Error& error) {
      return error.code() != ExitCode::data;
    }
  }

  /// Damages one file in every way and counts the ways that did not end as they should. A whole
  /// resume is tried at every `stride`-th of them.
  void damage(const std::string& name, Outcome expected) {
    const std::size_t stride = std::getenv("ECHELON_LONG_TESTS") ? 1 : 97;
    const fs::path file = path("a") / name;
    const std::string good = toy::contents(file);
    const int handle = ::open(file.c_str(), O_RDWR);
    ASSERT_GE(handle, 0);
    int wrong = 0;
    const auto look = [&](std::size_t at) {
      wrong += unnoticed(name) || (at % stride == 0 && resume() != expected);
    };
    for (std::size_t at = 0; at < good.size(); ++at) {
      const char bad = static_cast<char>(good[at] ^ (1 << (at % 8)));
      const auto offset = static_cast<off_t>(at);
      ASSERT_EQ(::pwrite(handle, &bad, 1, offset), 1);
      look(at);
      ASSERT_EQ(::pwrite(handle, &good[at], 1, offset), 1);
    }
    EXPECT_EQ(wrong, 0) << "of " << good.size() << " flipped bits in " << name;
    for (std::size_t length = good.size(); length-- > 0;) {
      ASSERT_EQ(::ftruncate(handle, static_cast<off_t>(length)), 0);
      look(length);
    }
    EXPECT_EQ(wrong, 0) << "after " << good.size() << " truncations of " << name;
    ::close(handle);
    toy::overwrite(file, good);
    EXPECT_EQ(resume(), Outcome::silent) << "the file is whole again";
    std::cout << name << ": " << good.size() << " bytes flipped, " << good.size()
              << " truncations, " << wrong << " unnoticed\n";
  }

  Manifest manifest;
};

TEST_F(FlipTest, NewestCheckpointFallsBack) {
  damage(manifest.checkpoints[1].file.name, Outcome::fell_back);
}

TEST_F(FlipTest, ManifestFallsBack) { damage(run_files::manifest, Outcome::fell_back); }

TEST_F(FlipTest, NewestSegmentFallsBack) {
  damage(manifest.segments[3].file.name, Outcome::fell_back);
}

TEST_F(FlipTest, OldSegmentEndsTheRun) { damage(manifest.segments[0].file.name, Outcome::refused); }

}  // namespace
}  // namespace echelon
