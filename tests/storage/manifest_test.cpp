#include "echelon/storage/manifest.hpp"

#include <gtest/gtest.h>

#include "echelon/core/error.hpp"
#include "storage/toy.hpp"

namespace echelon {
namespace {

Manifest example() {
  const RunDescription what = toy::description();
  Manifest manifest{
      "0123",    "2026-01-01T00:00:00Z", 3,           what.data_hash,  "a = \"\n\x01\xc3\xa9\"",
      what.keys, what.attributes,        what.schema, {{0, "b", "i"}}, {},
      {}};
  manifest.attributes["half"] = .5;
  const std::string hash(32, 'a');
  manifest.segments = {{{"segments/segment-000002.h5", 10, hash}, 2, 0, 5, 0, {{"/trace", 6}}},
                       {{"segments/segment-000003.h5", 10, hash}, 3, 5, 7, 1, {{"/trace", 2}}}};
  manifest.checkpoints = {{{"checkpoint-000003.h5", 11, hash}, 3, 7}};
  return manifest;
}

TEST(Manifest, ReadsWhatWasWritten) {
  EXPECT_EQ(manifest_from_text(to_text(example())), example());
  EXPECT_EQ(example().rows("/trace"), 8);
  EXPECT_EQ(example().sweeps_done(), 7);
}

TEST(Manifest, EveryChangedBitAndEveryTruncationIsNoticed) {
  const std::string good = to_text(example());
  for (std::size_t at = 0; at < good.size(); ++at) {
    EXPECT_THROW(manifest_from_text(good.substr(0, at)), Error) << "cut to " << at;
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_THROW(manifest_from_text(bad), Error) << "bit " << bit << " of byte " << at;
    }
  }
  EXPECT_THROW(manifest_from_text(good + "\n"), Error);
}

TEST(Manifest, FilesOutsideTheDirectoryAreRefused) {
  for (const char* name : {"/etc/passwd", "../x", "segments/../../x", ""}) {
    Manifest bad = example();
    bad.segments[0].file.name = name;
    EXPECT_THROW(manifest_from_text(to_text(bad)), Error) << name;
  }
}

TEST(Manifest, SegmentsMustFollowEachOther) {
  Manifest bad = example();
  bad.segments[1].first_sweep = 4;
  EXPECT_THROW(manifest_from_text(to_text(bad)), Error);
  bad = example();
  bad.segments[0].rows["/nowhere"] = 1;
  EXPECT_THROW(manifest_from_text(to_text(bad)), Error);
}

}  // namespace
}  // namespace echelon
