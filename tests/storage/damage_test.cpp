#include "echelon/storage/generations.hpp"
#include "storage/toy_fixture.hpp"

namespace echelon {
namespace {

namespace files = run_files;

/// A run of 12 sweeps committed every 3, copied afresh for every kind of damage.
class DamageTest : public toy::RunTest {
 protected:
  void SetUp() override {
    run("good", 12, 3);
    expected = hash("good");
    manifest = find_manifest(path("good"))->manifest;
    fresh();
  }
  void fresh() {
    std::filesystem::remove_all(path("a"));
    std::filesystem::copy(path("good"), path("a"), std::filesystem::copy_options::recursive);
    warnings.clear();
  }
  std::filesystem::path newest_checkpoint() {
    return path("a") / manifest.checkpoints[1].file.name;
  }
  std::filesystem::path older_checkpoint() { return path("a") / manifest.checkpoints[0].file.name; }
  std::filesystem::path segment(std::size_t i) {
    return path("a") / manifest.segments[i].file.name;
  }

  /// The run resumes from an earlier state, says so, and ends with the same bits.
  void expect_fall_back(const std::string& words) {
    run("a", 12, 3);
    EXPECT_TRUE(warned(words)) << "no warning has the words: " << words;
    EXPECT_EQ(hash("a"), expected);
  }
  void expect_refusal(const std::string& words) {
    EXPECT_EQ(refusal("a"), ExitCode::data);
    EXPECT_NE(message.find(words), std::string::npos) << message;
  }

  std::string expected;
  Manifest manifest;
};

TEST_F(DamageTest, TheNewestCheckpointFallsBack) {
  toy::flip_byte(newest_checkpoint(), 1000);
  expect_fall_back("falling back to the checkpoint of sweep 9");
  fresh();
  std::filesystem::remove(newest_checkpoint());
  expect_fall_back("falling back to the checkpoint of sweep 9");
  fresh();
  std::filesystem::remove(newest_checkpoint());
  std::filesystem::create_symlink(older_checkpoint(), newest_checkpoint());
  expect_fall_back("falling back to the checkpoint of sweep 9");
  fresh();
  std::filesystem::resize_file(newest_checkpoint(), 0);
  expect_fall_back("falling back to the checkpoint of sweep 9");
}

TEST_F(DamageTest, BothCheckpointsEndTheRun) {
  toy::flip_byte(newest_checkpoint(), 1000);
  toy::flip_byte(older_checkpoint(), 1000);
  expect_refusal("no intact checkpoint");
  fresh();
  std::filesystem::rename(newest_checkpoint(), path("x"));
  std::filesystem::rename(older_checkpoint(), newest_checkpoint());
  std::filesystem::rename(path("x"), older_checkpoint());
  expect_refusal("no intact checkpoint");
}

TEST_F(DamageTest, TheOlderCheckpointIsNotMissed) {
  std::filesystem::remove(older_checkpoint());
  EXPECT_EQ(refusal("a"), ExitCode::done);
  run("a", 12, 3);
}

TEST_F(DamageTest, TheNewestDrawsAreComputedAgainOlderOnesAreNamed) {
  toy::flip_byte(segment(3), 5000);
  expect_fall_back("falling back to the checkpoint of sweep 9");
  fresh();
  toy::flip_byte(segment(1), 5000);
  expect_refusal("draws of sweeps 4 to 6 are missing");
  fresh();
  std::filesystem::remove(segment(0));
  expect_refusal("draws of sweeps 1 to 3 are missing");
  fresh();
  std::filesystem::copy_file(segment(1), segment(2),
                             std::filesystem::copy_options::overwrite_existing);
  expect_refusal("draws of sweeps 7 to 9 are missing");
}

TEST_F(DamageTest, ManifestsFallBackAndNothingStartsAfresh) {
  toy::flip_byte(path("a") / files::manifest, 300);
  expect_fall_back("falling back to manifest.old.json");
  fresh();
  std::filesystem::remove(path("a") / files::manifest);
  expect_fall_back("falling back to manifest.old.json");
  fresh();
  std::filesystem::rename(path("a") / files::manifest, path("x"));
  std::filesystem::rename(path("a") / files::old_manifest, path("a") / files::manifest);
  std::filesystem::rename(path("x"), path("a") / files::old_manifest);
  expect_fall_back("falling back to manifest.old.json");
  fresh();
  std::filesystem::remove(path("a") / files::old_manifest);
  expect_fall_back("manifest.old.json cannot be used");
  fresh();
  std::filesystem::remove(path("a") / files::manifest);
  std::filesystem::remove(path("a") / files::old_manifest);
  expect_refusal("no manifest.json");
  fresh();
  toy::flip_byte(path("a") / files::manifest, 300);
  toy::flip_byte(path("a") / files::old_manifest, 300);
  expect_refusal("no valid manifest");
}

TEST_F(DamageTest, ARunOfOneCommitNeverStartsAfresh) {
  run("young", 3, 3);
  std::filesystem::remove(path("young") / files::manifest);
  EXPECT_EQ(refusal("young"), ExitCode::data);
  EXPECT_NE(message.find("knows of no checkpoint"), std::string::npos) << message;
}

TEST_F(DamageTest, AManifestOfAnotherRunIsNotMixedIn) {
  run("other", 30, 3);
  std::filesystem::copy_file(path("other") / files::old_manifest, path("a") / files::old_manifest,
                             std::filesystem::copy_options::overwrite_existing);
  expect_fall_back("belongs to another run");
  fresh();
  std::filesystem::copy_file(path("other") / files::manifest, path("a") / files::manifest,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(refusal("a"), ExitCode::data);
}

TEST_F(DamageTest, FallingBackWorksAroundEveryMerge) {
  run("whole", 48, 48);
  const std::string whole = hash("whole");
  for (int commits = 7; commits <= 22; ++commits) {
    const std::string name = "m" + std::to_string(commits);
    run(name, commits, 1);
    std::filesystem::copy(path(name), path(name + "b"), std::filesystem::copy_options::recursive);
    const auto newest = find_manifest(path(name))->manifest.checkpoints.back().file.name;
    toy::flip_byte(path(name) / newest, 1000);
    toy::flip_byte(path(name + "b") / files::manifest, 300);
    for (const auto& damaged : {name, name + "b"}) {
      warnings.clear();
      run(damaged, 48, 5);
      EXPECT_TRUE(warned("falling back"));
      EXPECT_EQ(hash(damaged), whole) << "damaged after " << commits << " commits";
    }
  }
}

TEST_F(DamageTest, TheViewIsMadeAgain) {
  const std::string view = toy::contents(path("a") / files::view);
  toy::overwrite(path("a") / files::view, "not HDF5");
  EXPECT_EQ(refusal("a"), ExitCode::done);
  EXPECT_EQ(toy::contents(path("a") / files::view), view);
}

}  // namespace
}  // namespace echelon
