#include <cmath>

#include "echelon/storage/export.hpp"
#include "echelon/storage/generations.hpp"
#include "echelon/storage/verify.hpp"
#include "echelon/storage/view.hpp"
#include "storage/toy_fixture.hpp"

namespace echelon {
namespace {

/// What the toy run records at a rung after each sweep, computed anew.
std::vector<double> losses(int chain, int rung, std::int64_t sweeps) {
  std::vector<double> result;
  toy::Run run;
  for (std::int64_t sweep = 0; sweep <= sweeps; ++sweep) {
    if (sweep > 0) run.step();
    const auto row = run.per_chain("train_loss", 1);
    result.push_back(row[static_cast<std::size_t>(chain)].get<double>(
        "train_loss")[static_cast<std::size_t>(rung)]);
  }
  return result;
}

class ReadSideTest : public toy::RunTest {
 protected:
  bool damaged(const std::string& file) {
    bool found = false;
    for (const auto& finding : verify_run(path("a")))
      found |= finding.verdict == Verdict::damaged && finding.file == file;
    return found;
  }
  int damages() {
    const auto findings = verify_run(path("a"));
    return static_cast<int>(
        std::count_if(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.verdict == Verdict::damaged; }));
  }
};

TEST_F(ReadSideTest, ColumnsAreReadInFileOrderAcrossSegments) {
  run("a", 50, 3);
  const RunView view(path("a"));
  EXPECT_EQ(view.shape("/trace", "train_loss"), (H5Dims{2, 3, 51}));
  const auto all = view.read<double>("/trace", "train_loss");
  for (int chain = 0; chain < 2; ++chain)
    for (int rung = 0; rung < 3; ++rung) {
      const auto begin = all.begin() + (chain * 3 + rung) * 51;
      EXPECT_EQ(std::vector(begin, begin + 51), losses(chain, rung, 50));
    }
  for (std::int64_t first = 0; first < 51; first += 5) {
    const auto part = view.read<double>("/trace", "train_loss", first, 51 - first);
    EXPECT_EQ(part.at(0), all.at(static_cast<std::size_t>(first)));
    EXPECT_EQ(part.back(), all.back());
  }
  EXPECT_EQ(view.read<double>("/ladder/now", "step"), (std::vector<double>{1, 2, 50}));
  EXPECT_EQ(view.snapshot().sweep, 50);
  EXPECT_THROW(view.read<double>("/trace", "nothing"), Error);
  EXPECT_THROW(view.read<double>("/trace", "train_loss", 50, 2), Error);
}

TEST_F(ReadSideTest, ARunIsReadWhileItIsWritten) {
  run("a", 10, 2);
  RunDirectory directory = open("a");
  toy::Run state = toy::Run::from(directory.resumed());
  const RunView view(path("a"), Check::sizes);
  toy::advance(directory, state, 80, 1);  // merges and removes what the view reads
  EXPECT_EQ(view.rows("/trace"), 11);
  EXPECT_EQ(view.read<double>("/trace", "train_loss").at(10), losses(0, 0, 10).at(10));
  EXPECT_EQ(RunView(path("a")).rows("/trace"), 81);
}

TEST_F(ReadSideTest, VerifyFindsWhatIsWrong) {
  run("a", 12, 3);
  EXPECT_EQ(damages(), 0);
  const auto manifest = find_manifest(path("a"))->manifest;
  std::vector<std::string> all{"manifest.json", "manifest.old.json", "run.h5"};
  for (const auto& segment : manifest.segments) all.push_back(segment.file.name);
  for (const auto& checkpoint : manifest.checkpoints) all.push_back(checkpoint.file.name);
  for (const auto& name : all) {
    const std::string good = toy::contents(path("a") / name);
    toy::flip_byte(path("a") / name, 3);
    EXPECT_TRUE(damaged(name.starts_with("manifest") ? "manifest.json" : name)) << name;
    toy::overwrite(path("a") / name, good);
    EXPECT_EQ(damages(), 0);
  }
  toy::overwrite(path("a") / "segments" / "segment-000777.h5", "");
  toy::overwrite(path("a") / "run.h5.part", "");
  EXPECT_EQ(damages(), 0);
  EXPECT_THROW(verify_run(path("none")), Error);
}

TEST_F(ReadSideTest, VerifyComparesTheViewWithTheDraws) {
  run("a", 12, 3);
  // A whole file in which one segment's draws are another's.
  const auto manifest = find_manifest(path("a"))->manifest;
  Manifest wrong = manifest;
  wrong.segments[1].file.name = wrong.segments[2].file.name;
  const auto image = build_view(wrong);
  atomic_write(path("a"), "run.h5", image);
  EXPECT_TRUE(damaged("run.h5"));
}

TEST_F(ReadSideTest, ExportHoldsItsDrawsItself) {
  run("a", 40, 7);
  const fs::path a = path("a");
  EXPECT_TRUE(export_runs(std::span(&a, 1), path("one.h5")).empty());
  const H5File file = H5File::open(path("one.h5"));
  EXPECT_EQ(file.dims("/posterior/W1"), (H5Dims{2, 11, 2, 3}));
  EXPECT_EQ(file.dims("/trace/train_loss"), (H5Dims{2, 3, 41}));
  // Scalars are kept every 2 sweeps, weights every 4: the export shows both at the latter.
  EXPECT_EQ(file.dims("/sample_stats/lp"), (H5Dims{2, 11}));
  const auto sweeps = file.read_array<std::int64_t>("/sample_stats/sweep");
  EXPECT_EQ(sweeps, file.read_array<std::int64_t>("/posterior/sweep"));
  EXPECT_EQ(sweeps.at(3), 12);
  const RunView view(a);
  const auto lp = view.read<double>("/sample_stats", "lp");
  const auto shown = file.read_array<double>("/sample_stats/lp");
  for (std::size_t draw = 0; draw < 11; ++draw) EXPECT_EQ(shown[draw], lp[2 * draw]);
  EXPECT_EQ(file.read_array<double>("/trace/train_loss"),
            view.read<double>("/trace", "train_loss"));
}

TEST_F(ReadSideTest, SeveralRunsBecomeChains) {
  run("a", 40, 7);
  run("b", 32, 9);
  const std::vector<fs::path> runs{path("a"), path("b")};
  const auto notes = export_runs(runs, path("two.h5"));
  EXPECT_FALSE(notes.empty());  // what of the longer run was left out
  const H5File file = H5File::open(path("two.h5"));
  EXPECT_EQ(file.dims("/posterior/W1"), (H5Dims{4, 9, 2, 3}));
  EXPECT_EQ(file.dims("/trace/train_loss"), (H5Dims{4, 3, 33}));
  EXPECT_EQ(file.dims("/ladder/beta"), (H5Dims{2, 4, 3}));
  EXPECT_EQ(file.read_array<std::int64_t>("/trace/chain"), (std::vector<std::int64_t>{0, 1, 2, 3}));
  const auto trace = file.read_array<double>("/trace/train_loss");
  for (int chain = 0; chain < 4; ++chain) {
    const auto begin = trace.begin() + (chain * 3 + 2) * 33;
    EXPECT_EQ(std::vector(begin, begin + 33), losses(chain % 2, 2, 32)) << "chain " << chain;
  }
}

TEST_F(ReadSideTest, UnlikeRunsAreNotExportedTogether) {
  run("a", 8, 7);
  RunDescription other = toy::description();
  other.schema.tables[0].columns[0].dims[1].size = 4;
  open("b", other).commit(toy::Run{}.snapshot());
  const std::vector<fs::path> runs{path("a"), path("b")};
  EXPECT_THROW(export_runs(runs, path("two.h5")), Error);
  EXPECT_FALSE(fs::exists(path("two.h5")));
}

}  // namespace
}  // namespace echelon
