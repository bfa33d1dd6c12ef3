#include <gtest/gtest.h>

#include "echelon/core/error.hpp"
#include "echelon/data/dataset.hpp"
#include "support/nodes.hpp"

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

void expect_inputs_at_the_leader(TeacherTask task, const Communicator& node) {
  const auto options = teacher(task);
  const auto whole = load(options);
  const auto mine = load_on_node(options, Mpi::world(), node);
  const bool leader = node.is_root();
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

TEST_P(LoadOnNode, LeavesTheInputsToTheLeader) {
  expect_inputs_at_the_leader(GetParam(), Mpi::world().node());
}

TEST_P(LoadOnNode, EveryNodeHasALeaderOfItsOwn) {
  expect_inputs_at_the_leader(GetParam(), nodes_of(2));
}

TEST(LoadOnNodes, DifferentDataAreNoticed) {
  if (Mpi::world().size() < 3) GTEST_SKIP() << "one node";
  auto options = teacher(TeacherTask::values);
  options.seed = static_cast<std::uint64_t>(Mpi::world().rank() / 2 + 1);
  try {
    load_on_node(options, Mpi::world(), nodes_of(2));
    EXPECT_EQ(Mpi::world().rank() / 2, 0);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_NE(std::string(error.what()).find("rank 2 loaded data"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Data, LoadOnNode,
                         testing::Values(TeacherTask::classes, TeacherTask::values));

}  // namespace
}  // namespace echelon
