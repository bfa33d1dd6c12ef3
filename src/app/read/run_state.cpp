#include "run_state.hpp"

#include <chrono>
#include <limits>

#include "echelon/core/error.hpp"
#include "echelon/storage/run_lock.hpp"
#include "echelon/tempering/sink.hpp"

namespace echelon {
namespace {

/// What the ranks of one commit had spent, summed over them.
struct CommitTime {
  std::int64_t sweep = 0;
  double wall = 0, waiting = 0, communication = 0, swap_terms = 0, committing = 0;
};

/// NaN for a run begun before the column was recorded.
std::vector<double> timing_column(const RunView& run, std::string_view column) {
  if (run.has(tables::timing, column)) return run.read<double>(tables::timing, column);
  return std::vector<double>(static_cast<std::size_t>(run.rows(tables::timing)),
                             std::numeric_limits<double>::quiet_NaN());
}

/// The last two commits of the present session; the first of them may be its start.
std::pair<CommitTime, CommitTime> last_commits(const RunView& run) {
  const auto sweep = run.read<std::int64_t>(tables::timing, "sweep");
  const auto wall = run.read<double>(tables::timing, "wall");
  const auto waiting = run.read<double>(tables::timing, "waiting");
  const auto communication = timing_column(run, "communication");
  const auto swap_terms = timing_column(run, "swap_terms");
  const auto committing = timing_column(run, "committing");
  std::vector<CommitTime> commits(1);
  for (std::size_t row = 0; row < sweep.size(); ++row) {
    if (commits.back().sweep != sweep[row]) commits.push_back({.sweep = sweep[row]});
    commits.back().wall += wall[row];
    commits.back().waiting += waiting[row];
    commits.back().communication += communication[row];
    commits.back().swap_terms += swap_terms[row];
    commits.back().committing += committing[row];
  }
  const auto last = commits.back();
  if (commits.size() < 2) return {last, last};
  auto before = commits[commits.size() - 2];
  // A resumed run's clock starts at 0 again, at the sweep it was resumed from.
  if (before.wall > last.wall) before = {.sweep = before.sweep};
  return {before, last};
}

}  // namespace

RunState read_state(const RunView& run) {
  RunState out;
  out.config = Config::parse(run.manifest().config, "configuration of the run");
  out.sweep = run.manifest().sweeps_done();
  out.warmup = out.config.integer("run.warmup");
  out.last_sweep = out.warmup + out.config.integer("run.sweeps");
  const auto [before, last] = last_commits(run);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto sweeps = static_cast<double>(last.sweep - before.sweep);
  std::int64_t ranks = 1;
  for (const auto rank : run.read<std::int64_t>(tables::timing, "rank"))
    ranks = std::max(ranks, rank + 1);
  out.seconds_per_sweep =
      sweeps > 0 ? (last.wall - before.wall) / sweeps / static_cast<double>(ranks) : nan;
  out.shares = {last.waiting / last.wall, last.communication / last.wall,
                last.swap_terms / last.wall, last.committing / last.wall};
  out.commit_seconds = 60 * out.config.real("output.checkpoint-minutes");

  const auto manifest = run.path() / run_files::manifest;
  const auto age = fs::file_time_type::clock::now() - fs::last_write_time(manifest);
  out.seconds_since_commit = std::chrono::duration<double>(age).count();
  const auto lock = look_at_lock(run.path());
  out.holder = lock.holder;
  if (out.sweep >= out.last_sweep)
    out.activity = Activity::complete;
  else if (lock.held == LockState::Held::yes)
    out.activity = Activity::running;
  else if (lock.held == LockState::Held::elsewhere)
    out.activity = Activity::elsewhere;
  return out;
}

std::string_view name_of(Activity activity) {
  switch (activity) {
    case Activity::running:
      return "running";
    case Activity::elsewhere:
      return "elsewhere";
    case Activity::stopped:
      return "stopped";
    case Activity::complete:
      break;
  }
  return "complete";
}

}  // namespace echelon
