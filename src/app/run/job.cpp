#include "job.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

#include "../read/print.hpp"
#include "echelon/storage/run_directory.hpp"
#include "echelon/storage/view_file.hpp"
#include "plan.hpp"
#include "setup.hpp"

namespace echelon {
namespace {

std::string progress_line(const Progress& now) {
  auto line = fmt::format("sweep {}/{}{}  loss {:.5f}", now.sweep, now.last_sweep,
                          now.phase == Phase::warmup ? " (warm-up)" : "", now.losses.back());
  double worst = std::numeric_limits<double>::quiet_NaN();
  for (const double acceptance : now.swap_acceptance) worst = std::fmin(worst, acceptance);
  if (!std::isnan(worst)) line += fmt::format("  swaps {:.2f}", worst);
  if (now.losses.size() > 1) line += fmt::format("  round trips {}", now.round_trips);
  const auto left = static_cast<double>(now.last_sweep - now.sweep) * now.seconds_per_sweep;
  return line + fmt::format("  {} to go", clock_time(left));
}

void warn_of_crowding(const Communicator& world, const Communicator& node, Journal& journal) {
  const auto cores = std::thread::hardware_concurrency();
  const bool crowded = node.is_root() && cores > 0 && static_cast<unsigned>(node.size()) > cores;
  if (world.all_max(crowded ? 1 : 0) == 1 && world.is_root())
    journal.warn(
        fmt::format("more ranks than cores ({} on a node with {}): ranks will wait for "
                    "each other; start fewer",
                    node.size(), cores));
}

void say_what_came_out(const RunRequest& request, Outcome outcome, const std::string& memory,
                       Journal& journal) {
  const RunView run(request.directory, Check::sizes);
  const auto scalars = read_scalars(std::span(&run, 1));
  journal.end_progress();
  if (!scalars.empty()) fmt::print(stderr, "\n{}\n", summary_table(scalars, false));
  const bool stopped = outcome == Outcome::stopped;
  journal.say(fmt::format("{} at sweep {}; {}",
                          stopped ? "stopped, everything committed," : "finished",
                          run.manifest().sweeps_done(), memory));
  const auto path = request.directory.string();
  journal.say(fmt::format("draws      {}/{}", path, run_files::view));
  journal.say(fmt::format("settings   {}/{}", path, run_files::config));
  if (stopped) journal.say("run the same command again to go on");
}

/// What only the root has: the directory, and who listens to what goes into it.
struct Desk {
  Desk(RunRequest& request, RunDescription description, const SamplerInput& input, Journal& journal,
       std::optional<RunLock> lock)
      : directory(request.directory, std::move(description), journal.warnings(),
                  request.restart ? Existing::discard : Existing::resume, std::move(lock)),
        sink(directory, input.parts.temperatures, request.config.per_layer("kernel.step"),
             meter(request, input), request.goal ? &*request.goal : nullptr) {
    journal.keep_in(request.directory / run_files::log);
    if (request.goal && directory.resumed())
      request.goal->remember(RunView(request.directory, Check::sizes));
  }
  BoundsMeter meter(const RunRequest& request, const SamplerInput& input) const {
    BoundsMeter out(request.config, input.data.train.samples);
    if (directory.resumed()) out.remember(RunView(request.directory, Check::sizes));
    return out;
  }
  const Snapshot* snapshot() const { return directory.resumed() ? &*directory.resumed() : nullptr; }

  RunDirectory directory;
  RunSink sink;
};

void listen(Options& options, const RunRequest& request, Journal& journal) {
  options.progress = [&journal](const Progress& now) {
    if (journal.progress_due()) journal.progress(progress_line(now));
  };
  if (request.goal)
    options.satisfied = [&goal = *request.goal](std::int64_t) { return goal.reached(); };
}

/// True on every rank when the run needs no more sweeps; says so.
bool nothing_to_do(const Communicator& world, RunRequest& request, Journal& journal) {
  const bool complete = agreed(world, world.is_root() && is_complete(request));
  if (complete && world.is_root()) {
    renew_view(request.directory, journal.warnings());
    journal.say(fmt::format("{} is complete", request.directory.string()));
  }
  return complete;
}

}  // namespace

ExitCode run_job(const Communicator& world, RunRequest request, Journal& journal) {
  if (nothing_to_do(world, request, journal)) return ExitCode::done;
  // Early, so that a second run is refused before it loads the data.
  auto lock =
      world.is_root() ? RunLock::of_existing(request.directory, journal.warnings()) : std::nullopt;
  share(world, request.config);
  const auto node = world.node();
  warn_of_crowding(world, node, journal);
  auto parts = make_parts(request.config);
  parts.start = starting_weights(request.config);
  auto data = load_on_node(data_options(request.config), world, node);
  const SamplerInput input{request.config, parts, data, world, node};
  const auto sampler = make_sampler(input);
  const auto ladder = initial_ladder(request.config);
  auto options = tempering_options(request);
  std::unique_ptr<Desk> desk;
  if (world.is_root()) {
    desk = std::make_unique<Desk>(request, describe(request, input, *sampler), input, journal,
                                  std::move(lock));
    listen(options, request, journal);
  }
  const auto* snapshot = desk ? desk->snapshot() : nullptr;
  const bool resumes = agreed(world, snapshot != nullptr);
  if (world.is_root())
    journal.say(fmt::format("{} {}: {}", resumes ? "resuming" : "starting",
                            request.directory.string(),
                            describe_placement(ladder.rungs() * options.ladders, world.size())));
  options.max_seconds = request.seconds_left();
  auto outcome = Outcome::satisfied;
  if (!agreed(world, world.is_root() && request.goal && request.goal->reached()))
    outcome = sampler->run(options, ladder, desk ? &desk->sink : nullptr, snapshot, resumes);
  const auto memory = memory_used(world);
  if (world.is_root()) say_what_came_out(request, outcome, memory, journal);
  return outcome == Outcome::stopped ? ExitCode::stopped : ExitCode::done;
}

}  // namespace echelon
