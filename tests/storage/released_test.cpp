// Files of released formats load for ever: those in tests/data were written by the program that
// introduced the format, and are never made again.

#include "echelon/storage/manifest.hpp"
#include "echelon/storage/snapshot_file.hpp"
#include "storage/toy_fixture.hpp"

namespace echelon {
namespace {

const std::filesystem::path files = ECHELON_RELEASED_FILES;

/// The toy run after 6 sweeps, committed every 3.
TEST(Released, CheckpointOfFormat1) {
  const std::string text = toy::contents(files / "checkpoint_format_1.h5");
  const auto bytes = std::as_bytes(std::span(text));
  const Snapshot snapshot = from_checkpoint({bytes.begin(), bytes.end()}, "format 1");
  toy::Run run;
  for (int sweep = 0; sweep < 6; ++sweep) run.step();
  EXPECT_EQ(snapshot, run.snapshot());
}

TEST(Released, ManifestOfFormat1) {
  const Manifest manifest = manifest_from_text(toy::contents(files / "manifest_format_1.json"));
  const std::string checkpoint = toy::contents(files / "checkpoint_format_1.h5");
  const RunDescription what = toy::description();
  EXPECT_EQ(manifest.schema, what.schema);
  EXPECT_EQ(manifest.keys, what.keys);
  EXPECT_EQ(manifest.attributes, what.attributes);
  EXPECT_EQ(manifest.sweeps_done(), 6);
  EXPECT_EQ(manifest.rows("/trace"), 7);
  EXPECT_EQ(manifest.segments.at(1).last_sweep, 6);
  EXPECT_EQ(manifest.checkpoints.at(1).file.hash, hash_of(std::as_bytes(std::span(checkpoint))));
}

}  // namespace
}  // namespace echelon
