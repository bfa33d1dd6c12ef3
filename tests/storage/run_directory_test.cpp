#include "echelon/storage/run_directory.hpp"

#include "echelon/storage/compaction.hpp"
#include "storage/toy_fixture.hpp"

namespace echelon {
namespace {

using RunDirectoryTest = toy::RunTest;

TEST_F(RunDirectoryTest, StoppingAtAnySweepChangesNothing) {
  run("whole", 60, 60);
  const std::string whole = hash("whole");
  for (int split = 1; split < 60; ++split) {
    const std::string name = "split" + std::to_string(split);
    run(name, split, 60);
    run(name, 60, 7);
    EXPECT_EQ(hash(name), whole) << "split after sweep " << split;
  }
  EXPECT_TRUE(warnings.empty()) << warnings.front();
}

TEST_F(RunDirectoryTest, HundredsOfCommitsLeaveFewSegments) {
  run("whole", 400, 400);
  run("often", 400, 1);
  EXPECT_EQ(hash("often"), hash("whole"));
  const RunView view(path("often"));
  // 400 in base 8 has three digits; the newest generation and unmerged ones come on top.
  EXPECT_LE(view.manifest().segments.size(), 3 * merge_width);
  EXPECT_EQ(list_run_files(path("often")).temporaries.size(), 0U);
  EXPECT_EQ(view.manifest().checkpoints.size(), 2U);
  EXPECT_TRUE(warnings.empty());
}

TEST_F(RunDirectoryTest, CommitsWithoutRowsKeepTheState) {
  {
    RunDirectory directory = open("a");
    EXPECT_FALSE(directory.resumed().has_value());
    EXPECT_TRUE(directory.commit(toy::Run{}.snapshot()));
    EXPECT_TRUE(directory.commit(toy::Run{}.snapshot()));
  }
  RunDirectory directory = open("a");
  EXPECT_EQ(directory.resumed(), toy::Run{}.snapshot());
  EXPECT_TRUE(directory.manifest().segments.empty());
  const RunView view(path("a"));
  EXPECT_TRUE(view.read<double>("/trace", "train_loss").empty());
  EXPECT_TRUE(view.read<double>("/ladder/now", "step").empty());
}

TEST_F(RunDirectoryTest, RowsThatWereNeverCommittedAreForgotten) {
  run("a", 10, 10);
  const std::string before = hash("a");
  {
    RunDirectory directory = open("a");
    toy::Run state = toy::Run::from(directory.resumed());
    state.step();
    state.record(directory);
  }
  EXPECT_EQ(hash("a"), before);
}

TEST_F(RunDirectoryTest, AnEmptyRunBegins) {
  { RunDirectory directory = open("a"); }
  run("a", 20, 5);
  run("b", 20, 5);
  EXPECT_EQ(hash("a"), hash("b"));
}

TEST_F(RunDirectoryTest, ASecondRunIsRefusedNamingTheFirst) {
  setenv("SLURM_JOB_ID", "4711", 1);
  const RunDirectory first = open("a");
  unsetenv("SLURM_JOB_ID");
  EXPECT_EQ(refusal("a"), ExitCode::locked);
  EXPECT_NE(message.find("pid " + std::to_string(getpid()) + " job 4711"), std::string::npos);
}

TEST_F(RunDirectoryTest, AReplacedManifestStopsTheCommit) {
  run("a", 4, 2);
  RunDirectory directory = open("a");
  toy::Run state = toy::Run::from(directory.resumed());
  std::filesystem::copy(path("a"), path("b"), std::filesystem::copy_options::recursive);
  run("b", 6, 1);
  std::filesystem::copy(
      path("b"), path("a"),
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  try {
    directory.commit(state.snapshot());
    FAIL() << "a manifest of another process was overwritten";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::locked);
  }
  EXPECT_EQ(hash("a"), hash("b"));
}

TEST_F(RunDirectoryTest, FrozenKeysAreComparedBeforeAnythingIsWritten) {
  run("a", 4, 2);
  const std::string before = toy::contents(path("a") / "manifest.json");
  toy::overwrite(path("a") / "checkpoint-000099.h5.part", "left over");
  RunDescription other = toy::description();
  other.keys.frozen["run.seed"] = "2";
  EXPECT_EQ(refusal("a", other), ExitCode::usage);
  EXPECT_NE(message.find("run.seed = 2  (the run has 1)"), std::string::npos) << message;
  other = toy::description();
  other.data_hash = "beef";
  EXPECT_EQ(refusal("a", other), ExitCode::data);
  EXPECT_EQ(toy::contents(path("a") / "manifest.json"), before);
  EXPECT_TRUE(std::filesystem::exists(path("a") / "checkpoint-000099.h5.part"));
  EXPECT_EQ(refusal("a"), ExitCode::done);
  EXPECT_FALSE(std::filesystem::exists(path("a") / "checkpoint-000099.h5.part"));
}

TEST_F(RunDirectoryTest, ExtendableKeysAndFurtherTablesAreTakenOver) {
  run("a", 4, 2);
  RunDescription longer = toy::description();
  longer.keys.extendable["run.sweeps"] = "100";
  longer.config = "[run]\nsweeps = 100\n";
  longer.schema.tables.push_back(
      {"/certificate", "/certificate", "step", {{"bound", ElementType::real64, {}, 0, "", "b"}}});
  {
    RunDirectory directory = open("a", longer);
    Archive row;
    row.put("bound", .25);
    directory.record("/certificate", std::span(&row, 1));
    EXPECT_TRUE(directory.commit(*directory.resumed()));
  }
  EXPECT_TRUE(warnings.empty());
  EXPECT_EQ(toy::contents(path("a") / "config.ini"), longer.config);
  run("a", 8, 2);  // a program that knows nothing of certificates keeps them
  const RunView view(path("a"));
  EXPECT_EQ(view.read<double>("/certificate", "bound"), std::vector{.25});
  EXPECT_EQ(view.rows("/trace"), 9);
}

TEST_F(RunDirectoryTest, AnotherLayoutIsRefused) {
  run("a", 4, 2);
  RunDescription other = toy::description();
  other.schema.tables[0].columns[0].dims[1].size = 4;
  EXPECT_EQ(refusal("a", other), ExitCode::data);
}

TEST_F(RunDirectoryTest, AnotherBuildIsRecordedWithAWarning) {
  run("a", 4, 2);
  RunDescription other = toy::description();
  other.build = "toy 2.0";
  {
    RunDirectory directory = open("a", other);
    EXPECT_TRUE(warned("toy 2.0"));
    directory.commit(*directory.resumed());
  }
  EXPECT_EQ(open("a", other).manifest().builders.size(), 2U);
}

TEST_F(RunDirectoryTest, RestartThrowsAwayTheRunAndNothingElse) {
  run("a", 40, 2);
  toy::overwrite(path("a") / "notes.txt", "mine");
  toy::overwrite(path("a") / "segments" / "mine.h5", "mine");
  {
    const RunDirectory directory = open("a", toy::description(), Existing::discard);
    EXPECT_FALSE(directory.resumed().has_value());
  }
  EXPECT_EQ(list_run_files(path("a")).numbered.size(), 0U);
  EXPECT_EQ(toy::contents(path("a") / "notes.txt"), "mine");
  EXPECT_EQ(toy::contents(path("a") / "segments" / "mine.h5"), "mine");
  run("a", 20, 5);
  run("b", 20, 5);
  EXPECT_EQ(hash("a"), hash("b"));
}

TEST_F(RunDirectoryTest, FilesOfUnknownOriginAreNeitherUsedNorRemoved) {
  std::filesystem::create_directories(path("a"));
  toy::overwrite(path("a") / "run.h5", "somebody's");
  EXPECT_EQ(refusal("a"), ExitCode::data);
  EXPECT_THROW(open("a", toy::description(), Existing::discard), Error);
  EXPECT_EQ(toy::contents(path("a") / "run.h5"), "somebody's");
  toy::overwrite(path("b"), "a file");
  EXPECT_EQ(refusal("b"), ExitCode::locked);
}

TEST_F(RunDirectoryTest, TheViewOfACompleteRunIsRenewedWhereACrashLeftItBehind) {
  run("a", 10, 10);
  const std::string behind = toy::contents(path("a") / "run.h5");
  run("a", 20, 10);
  toy::overwrite(path("a") / "run.h5", behind);
  toy::overwrite(path("a") / "run.h5.part", "half");
  const auto warn = [this](const std::string& text) { warnings.push_back(text); };
  renew_view(path("a"), warn);
  const auto view = H5File::open((path("a") / "run.h5").string());
  EXPECT_EQ(view.attribute<std::int64_t>("/", "sweeps_done"), 20);
  EXPECT_TRUE(list_run_files(path("a")).temporaries.empty());
  EXPECT_TRUE(warnings.empty());
  const RunDirectory busy = open("a");
  toy::overwrite(path("a") / "run.h5", behind);
  renew_view(path("a"), warn);
  EXPECT_TRUE(warned("run.h5 was not renewed"));
  EXPECT_EQ(toy::contents(path("a") / "run.h5"), behind);
}

TEST_F(RunDirectoryTest, WrongRowsAreErrors) {
  RunDirectory directory = open("a");
  Archive row;
  row.put("lp", 1.);
  EXPECT_THROW(directory.record("/nowhere", std::span(&row, 1)), Error);
  EXPECT_THROW(directory.record("/sample_stats", std::span(&row, 1)), Error);  // one chain of two
  const std::vector<Archive> three(3, row);
  EXPECT_THROW(directory.record("/sample_stats", three), Error);
  row.put("lpp", 1.);
  const std::vector<Archive> two(2, row);
  EXPECT_THROW(directory.record("/sample_stats", two), Error);
}

TEST_F(RunDirectoryTest, ColumnsLeftOutReadAsMissing) {
  RunDirectory directory = open("a");
  const std::vector<Archive> nothing(2);
  directory.record("/sample_stats", nothing);
  directory.commit(toy::Run{}.snapshot());
  const RunView view(path("a"));
  EXPECT_TRUE(std::isnan(view.read<double>("/sample_stats", "lp").at(1)));
  EXPECT_EQ(view.read<std::int64_t>("/sample_stats", "sweep").at(0), -1);
}

}  // namespace
}  // namespace echelon
