#include <gtest/gtest.h>

#include "echelon/core/error.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/parallel/communicator.hpp"

namespace echelon {
namespace {

DataOptions teacher(TeacherTask task) {
  DataOptions options;
  options.source = DataSource::teacher;
  options.widths = {5, 3};
  options.samples = 40;
  options.test_count = 7;
  options.append_one = true;
  options.task = task;
  return options;
}

class LoadOnNode : public testing::TestWithParam<TeacherTask> {};

TEST_P(LoadOnNode, LeavesTheInputsToTheLeader) {
  const auto world = Mpi::world();
  const auto options = teacher(GetParam());
  const auto whole = load(options);
  const auto mine = load_on_node(options, world);
  const bool leader = world.node().is_root();
  EXPECT_EQ(mine.hash, whole.hash);
  EXPECT_EQ(mine.classes, whole.classes);
  for (const auto part : {&Dataset::train, &Dataset::test}) {
    const auto& expected = whole.*part;
    const auto& found = mine.*part;
    EXPECT_EQ(found.samples, expected.samples);
    EXPECT_EQ(found.features, expected.features);
    EXPECT_EQ(found.labels, expected.labels);
    EXPECT_EQ(found.targets.rows(), expected.targets.rows());
    EXPECT_EQ(found.targets, expected.targets);
    EXPECT_EQ(found.inputs.size(), leader ? expected.inputs.size() : 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Data, LoadOnNode,
                         testing::Values(TeacherTask::classes, TeacherTask::values));

}  // namespace
}  // namespace echelon
