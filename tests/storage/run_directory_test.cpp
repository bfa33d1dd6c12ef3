#include "echelon/storage/run_directory.hpp"

#include <gtest/gtest.h>

#include "storage/toy.hpp"
#include "storage/toy_hash.hpp"
#include "support/temporary_folder.hpp"

namespace echelon {
namespace {

class RunDirectoryTest : public testing::Test {
 protected:
  RunDirectory open(const std::string& name) {
    return RunDirectory(folder.path() / name, toy::description(),
                        [this](const std::string& text) { warnings.push_back(text); });
  }
  void run(const std::string& name, std::int64_t sweeps, std::int64_t interval) {
    RunDirectory directory = open(name);
    toy::Run state = toy::Run::from(directory.resumed());
    toy::advance(directory, state, sweeps, interval);
  }
  std::string hash(const std::string& name) { return toy::content_hash(folder.path() / name); }

  TemporaryFolder folder;
  std::vector<std::string> warnings;
};

TEST_F(RunDirectoryTest, StoppingAtAnySweepChangesNothing) {
  run("whole", 60, 60);
  for (int split = 1; split < 60; ++split) {
    const std::string name = "split" + std::to_string(split);
    run(name, split, 60);
    run(name, 60, 7);
    EXPECT_EQ(hash(name), hash("whole")) << "split after sweep " << split;
  }
  EXPECT_TRUE(warnings.empty()) << warnings.front();
}

}  // namespace
}  // namespace echelon
