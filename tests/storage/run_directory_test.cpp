#include "echelon/storage/run_directory.hpp"

#include <cmath>
#include <iostream>

#include "echelon/storage/compaction.hpp"
#include "echelon/storage/generations.hpp"
#include "echelon/storage/verify.hpp"
#include "echelon/storage/view_file.hpp"
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

/// Commits of `bytes` each, merged as RunDirectory does; the segments left, and how often a byte
/// was copied.
std::pair<std::size_t, double> segments_after(int commits, std::uint64_t bytes) {
  Manifest manifest;
  std::uint64_t copied = 0;
  for (manifest.commit = 1; manifest.commit <= commits; ++manifest.commit) {
    manifest.segments.push_back({{"", bytes, ""}, manifest.commit, 0, 0, 0, {}});
    manifest.checkpoints.push_back({{}, manifest.commit, 0});
    if (manifest.checkpoints.size() > 2) manifest.checkpoints.erase(manifest.checkpoints.begin());
    const auto plan = plan_merge(manifest, std::uint64_t{256} << 20);
    if (!plan) continue;
    Segment entry = merged_entry(manifest, *plan);
    const auto first = manifest.segments.begin() + static_cast<std::ptrdiff_t>(plan->begin);
    const auto last = manifest.segments.begin() + static_cast<std::ptrdiff_t>(plan->end);
    entry.file.bytes = 0;
    for (auto part = first; part != last; ++part) entry.file.bytes += part->file.bytes;
    copied += entry.file.bytes;
    manifest.segments.insert(manifest.segments.erase(first, last), entry);
  }
  return {manifest.segments.size(),
          static_cast<double>(copied) / static_cast<double>(bytes) / commits};
}

TEST(Compaction, AWeeksRunLeavesFewSegmentsOfAnySize) {
  constexpr int commits = 7 * 24 * 12;
  struct Case {
    std::uint64_t kilobytes;
    std::size_t segments;
    double copies;
  };
  for (const auto& [kilobytes, most, copies] :
       {Case{30, 40, 3.5}, {1000, 45, 3.5}, {10000, 140, 2}, {60000, 530, 1.01}}) {
    const auto [segments, copied] = segments_after(commits, kilobytes << 10);
    std::cout << commits << " commits of " << kilobytes << " KiB: " << segments
              << " segments, every byte copied " << copied << " times\n";
    EXPECT_LE(segments, most) << kilobytes;
    EXPECT_LE(copied, copies) << kilobytes;
  }
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
  EXPECT_EQ(look_at_lock(path("a")).held, LockState::Held::no);
  run("a", 20, 5);
  run("b", 20, 5);
  EXPECT_EQ(hash("a"), hash("b"));
}

TEST_F(RunDirectoryTest, WhatCannotBeADirectoryHoldsNoRunAndGetsNone) {
  toy::overwrite(path("file"), "hello");
  std::filesystem::create_symlink("loop", path("loop"));
  for (const auto& name : {std::string("file"), std::string("file/run"), std::string("loop/run"),
                           std::string(300, 'x')}) {
    EXPECT_FALSE(find_manifest(path(name)).has_value()) << name;
    EXPECT_EQ(refusal(name), ExitCode::locked) << name << ": " << message;
  }
}

TEST_F(RunDirectoryTest, ASecondRunIsRefusedNamingTheFirst) {
  setenv("SLURM_JOB_ID", "4711", 1);
  const RunDirectory first = open("a");
  EXPECT_EQ(look_at_lock(path("a")).held, LockState::Held::yes);
  unsetenv("SLURM_JOB_ID");
  EXPECT_EQ(refusal("a"), ExitCode::locked);
  EXPECT_NE(message.find("pid " + std::to_string(getpid()) + " job 4711"), std::string::npos);
}

TEST_F(RunDirectoryTest, ADeadHoldersLockIsTakenWhateverItSays) {
  run("a", 4, 2);
  for (const char* text : {"host elsewhere pid 1 job 7\n", "", "\0\xff rubbish"}) {
    toy::overwrite(path("a") / RunLock::file_name, text);
    const bool names_a_host = *text == 'h';
    EXPECT_EQ(look_at_lock(path("a")).held == LockState::Held::elsewhere, names_a_host);
    EXPECT_EQ(refusal("a"), ExitCode::done);
  }
  EXPECT_FALSE(RunLock::of_existing(path("none"), [](const std::string&) {}).has_value());
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

/// Another version of the toy, which also records the sum of the states, in three tables.
RunDescription with_sums() {
  RunDescription newer = toy::description();
  newer.keys.frozen["toy.sums"] = "true";
  const Column sum{"sum", ElementType::int64, {}, 0, "", "sum of the states", "sum"};
  for (const char* name : {"/ladder/round", "/sample_stats"})
    std::ranges::find(newer.schema.tables, name, &Table::name)->columns.push_back(sum);
  const Dimension rung{"rung", toy::rungs};
  std::ranges::find(newer.schema.tables, "/ladder/now", &Table::name)
      ->columns.push_back({"steps", ElementType::real64, {rung}, 0, "", "sum of the steps"});
  return newer;
}

TEST_F(RunDirectoryTest, ColumnsOfANewerProgramReadAsMissingWhereAnOlderOneWrote) {
  run("whole", 60, 60);
  run("a", 20, 1);
  {
    RunDirectory directory = open("a", with_sums());
    toy::Run state = toy::Run::from(directory.resumed());
    for (int sweep = 21; sweep <= 40; ++sweep) {  // often enough for merges across the change
      state.step();
      Archive sum, steps;
      sum.put("sum", std::int64_t{sweep});
      steps.put("steps", std::vector<double>(toy::rungs, sweep));
      directory.record("/sample_stats", std::vector<Archive>(2, sum));
      if (sweep < 30) directory.record("/ladder/now", std::span(&steps, 1));
      EXPECT_TRUE(directory.commit(state.snapshot()));
    }
  }
  EXPECT_TRUE(warnings.empty()) << warnings.front();
  for (const auto& finding : verify_run(path("a")))
    EXPECT_NE(finding.verdict, Verdict::damaged) << finding.file << ": " << finding.what;
  const auto expect_sums = [this] {
    // HDF5 reads a view over files that are open elsewhere in the process as missing.
    const auto shown = H5File::open(path("a") / "run.h5", H5Trust::own)
                           .read_array<std::int64_t>("/sample_stats/sum");
    const RunView view(path("a"));
    const auto sums = view.read<std::int64_t>("/sample_stats", "sum");
    const auto lps = view.read<double>("/sample_stats", "lp", 0, 31);
    ASSERT_GE(sums.size(), 31U);
    for (std::size_t row = 0; row < 11; ++row) EXPECT_EQ(sums[row], -1);  // every second sweep
    for (std::size_t row = 11; row < 31; ++row) {
      EXPECT_EQ(sums[row], static_cast<std::int64_t>(row) + 10);
      EXPECT_TRUE(std::isnan(lps[row]));
    }
    EXPECT_EQ(shown, sums);
  };
  expect_sums();
  EXPECT_EQ(RunView(path("a")).read<double>("/ladder/now", "steps"),
            std::vector<double>(toy::rungs, 29));
  run("a", 60, 1);  // and the older program goes on
  expect_sums();
  EXPECT_TRUE(std::isnan(RunView(path("a")).read<double>("/ladder/now", "steps").at(0)));
  EXPECT_EQ(RunView(path("a")).snapshot(), RunView(path("whole")).snapshot());
}

TEST_F(RunDirectoryTest, AnotherLayoutIsRefused) {
  run("a", 4, 2);
  RunDescription other = toy::description();
  other.schema.tables[0].columns[0].dims[1].size = 4;
  EXPECT_EQ(refusal("a", other), ExitCode::data);
  EXPECT_NE(message.find("'train_loss' of table '/trace'"), std::string::npos) << message;
  other = toy::description();
  other.schema.tables[1].row_axis = "count";
  EXPECT_EQ(refusal("a", other), ExitCode::data);
  const auto extra = [](const char* name) {
    RunDescription what = toy::description();
    what.schema.tables.push_back(
        {name, "/extra", "step", {{"x", ElementType::real64, {}, 0, "", "x"}}});
    return what;
  };
  open("b", extra("/extra/a")).commit(toy::Run{}.snapshot());
  EXPECT_EQ(refusal("b", extra("/extra/b")), ExitCode::data);  // both want the axis
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
