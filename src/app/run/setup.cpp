#include "setup.hpp"

#include <sys/resource.h>

#include "../signals.hpp"
#include "echelon/app/build_info.hpp"
#include "echelon/app/run_schema.hpp"
#include "echelon/core/error.hpp"
#include "echelon/storage/generations.hpp"
#include "echelon/tempering/certify_options.hpp"

namespace echelon {

RunKeys run_keys(const Config& config, RunKind kind) {
  RunKeys keys;
  for (const auto& key : all_keys()) {
    if (!concerns(key, kind)) continue;
    const auto name = key.full_name();
    if (key.change == KeyClass::frozen) keys.frozen[name] = config.text(name);
    if (key.change == KeyClass::extendable) keys.extendable[name] = config.text(name);
  }
  return keys;
}

bool agreed(const Communicator& world, bool on_root) {
  return world.all_max(world.is_root() && on_root ? 1 : 0) == 1;
}

void share(const Communicator& world, Config& config) {
  const auto text = world.is_root() ? config.to_ini() : std::string();
  const auto bytes = std::as_bytes(std::span(text));
  std::vector<std::byte> travelling(bytes.begin(), bytes.end());
  world.broadcast_bytes(travelling);
  if (!world.is_root())
    config = Config::parse({reinterpret_cast<const char*>(travelling.data()), travelling.size()},
                           "configuration from rank 0");
}

bool is_complete(RunRequest& request) {
  const auto found = request.restart ? std::nullopt : find_manifest(request.directory);
  if (!found) {
    settle(request.config, nullptr);
    return false;
  }
  const auto of_run = Config::parse(found->manifest.config, "configuration of the run");
  settle(request.config, &of_run);
  require(found->manifest.schema.find(tables::certificate) == nullptr, ExitCode::usage,
          "{} holds certifying chains, not a run (choose another --out)",
          request.directory.string());
  const auto differences = frozen_differences(of_run, request.config, RunKind::sampling);
  require(differences.empty(), ExitCode::usage,
          "{} holds a run with other settings (keep them, choose another --out, or throw the run "
          "away with --restart):\n{}",
          request.directory.string(), differences);
  const auto last = request.config.integer("run.warmup") + request.config.integer("run.sweeps");
  return found->manifest.sweeps_done() >= last;
}

Options tempering_options(const RunRequest& request) {
  const auto& config = request.config;
  Options out;
  out.seed = static_cast<std::uint64_t>(config.integer("run.seed"));
  out.ladders = static_cast<int>(config.integer("ladder.ladders"));
  out.warmup = config.integer("run.warmup");
  if (!config.is_auto("ladder.rounds"))
    out.rounds = static_cast<int>(config.integer("ladder.rounds"));
  const bool fixed = config.is_set("ladder.betas") || config.is_set("ladder.table");
  if (config.flag("ladder.adapt") && !fixed)
    out.adaptation = config.is_auto("ladder.rungs") ? Adaptation::rungs : Adaptation::betas;
  out.rung_capacity = rung_capacity(config);
  out.swap_every = static_cast<int>(config.integer("ladder.swap-every"));
  out.thin = config.integer("run.thin");
  out.thin_weights = config.flag("output.weights") ? config.integer("run.thin-weights") : 0;
  out.warmup_draws = WarmupDraws::scalars;
  out.sweeps = config.integer("run.sweeps");
  out.commit_sweeps = config.integer("output.checkpoint-sweeps");
  out.commit_seconds = 60 * config.real("output.checkpoint-minutes");
  out.stop = stop_flag();
  return out;
}

RunDescription describe(const RunRequest& request, const SamplerInput& input,
                        const Sampler& sampler) {
  const auto& config = request.config;
  const auto vocabulary = sampler.vocabulary();
  const RunShape shape{.widths = input.parts.network.widths,
                       .ladders = static_cast<int>(config.integer("ladder.ladders")),
                       .rungs = rung_capacity(config),
                       .weights = config.text("run.precision") == "float" ? ElementType::real32
                                                                          : ElementType::real64,
                       .stores_weights = config.flag("output.weights")};
  return {
      .schema = run_schema(shape, vocabulary.report, vocabulary.statistics),
      .keys = run_keys(config, RunKind::sampling),
      .data_hash = input.data.hash,
      .config = config.to_ini(),
      .attributes = {{"title", "draws from the multi-scale Gibbs posterior of a neural network"},
                     {"inference_library", "echelon"},
                     {"inference_library_version", version()},
                     {"seed", config.integer("run.seed")},
                     {"command", request.command},
                     {"training_samples", std::int64_t{input.data.train.samples}},
                     {"test_samples", std::int64_t{input.data.test.samples}}},
      .build = build_description(),
      .instruction_set = instruction_set()};
}

std::string memory_used(const Communicator& world) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const std::int64_t mine = usage.ru_maxrss * 1024;  // Linux counts in kB
  const auto most = world.all_max(mine), all = world.all_sum(mine);
  return fmt::format("peak memory {} on one rank, {} on all {}", byte_size(double(most)),
                     byte_size(double(all)), world.size());
}

}  // namespace echelon
