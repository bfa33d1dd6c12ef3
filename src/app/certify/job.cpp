#include "job.hpp"

#include <chrono>
#include <iostream>

#include "../run/plan.hpp"
#include "../run/setup.hpp"
#include "../signals.hpp"
#include "certificate.hpp"
#include "echelon/app/build_info.hpp"
#include "echelon/storage/generations.hpp"
#include "echelon/storage/run_directory.hpp"
#include "echelon/storage/view_file.hpp"
#include "echelon/tempering/certify_options.hpp"
#include "schema.hpp"

namespace echelon {
namespace {

Ladder certify_ladder(const Config& config) {
  if (const auto betas = config.reals("certify.betas"); !betas.empty())
    return Ladder::from_betas(betas);
  return Ladder::geometric(static_cast<int>(config.integer("certify.rungs")),
                           config.real("certify.min-beta"), PriorEnd::included);
}

/// Whether the certificate is there; refuses a directory of other chains.
bool certified(const RunRequest& request) {
  const auto found = request.restart ? std::nullopt : find_manifest(request.directory);
  if (!found) return false;
  const auto path = request.directory.string();
  require(
      found->manifest.schema.find(tables::certificate) != nullptr, ExitCode::usage,
      "{} holds a sampling run (certifying chains need a directory of their own: choose another "
      "--out)",
      path);
  const auto differences =
      frozen_differences(Config::parse(found->manifest.config, "configuration of the chains"),
                         request.config, RunKind::certifying);
  require(differences.empty(), ExitCode::usage,
          "{} holds chains of other settings (keep them or choose another --out; each setting "
          "tried on the same data counts in certify.configurations-tried):\n{}",
          path, differences);
  return found->manifest.rows(std::string(tables::certificate)) > 0;
}

std::string progress_line(const CertifyProgress& now, double seconds_per_step) {
  auto line = fmt::format("{} rung {}/{}  step {}/{}  loss {:.5f}",
                          now.phase == CertifyPhase::pilot ? "pilot" : "certifying", now.rung,
                          now.last_rung, now.step, now.last_step, now.losses[0]);
  return line + fmt::format("  {} to go", clock_time(static_cast<double>(now.last_step - now.step) *
                                                     seconds_per_step));
}

CertifyOptions certify_options(const RunRequest& request, double training_samples) {
  const auto& config = request.config;
  const auto whole = [&](const char* key) { return static_cast<int>(config.integer(key)); };
  CertifyOptions out;
  out.seed = static_cast<std::uint64_t>(config.integer("certify.seed"));
  out.chains = whole("certify.chains");
  out.moves = whole("certify.moves");
  out.pilots = whole("certify.pilots");
  out.pilot_moves = whole("certify.pilot-moves");
  out.stop_rule = config.text("certify.stop") == "pilot" ? StopRule::pilot : StopRule::last;
  out.stores_weights = config.flag("output.weights");
  const auto terms = certificate_terms(config, training_samples);
  out.bound = [terms](std::span<const double> works, std::span<const double> errors) {
    return certified_error(terms, works, errors);
  };
  out.certify = [terms](std::span<const double> works, std::span<const Archive> statistics) {
    return certificate_row(terms, works, statistics);
  };
  out.commit_seconds = 60 * config.real("output.checkpoint-minutes");
  out.commit_sweeps = config.integer("output.checkpoint-sweeps");
  out.stop = stop_flag();
  return out;
}

RunDescription describe_chains(const RunRequest& request, const SamplerInput& input,
                               const Sampler& sampler, int rungs) {
  const auto& config = request.config;
  const RunShape shape{.widths = input.parts.network.widths,
                       .ladders = static_cast<int>(config.integer("certify.chains")),
                       .rungs = rungs,
                       .weights = config.text("run.precision") == "float" ? ElementType::real32
                                                                          : ElementType::real64,
                       .stores_weights = config.flag("output.weights")};
  return {.schema = certify_schema(shape, static_cast<int>(config.integer("certify.pilots")),
                                   sampler.vocabulary().statistics),
          .keys = run_keys(config, RunKind::certifying),
          .data_hash = input.data.hash,
          .config = config.to_ini(),
          .attributes = {{"title", "networks certified by annealed chains"},
                         {"seed", config.integer("certify.seed")},
                         {"command", request.command},
                         {"training_samples", std::int64_t{input.data.train.samples}},
                         {"test_samples", std::int64_t{input.data.test.samples}}},
          .build = build_description(),
          .instruction_set = instruction_set()};
}

void listen(CertifyOptions& options, Journal& journal) {
  using Clock = std::chrono::steady_clock;
  options.progress = [&journal, began = Clock::now(), first = std::int64_t{-1},
                      phase = CertifyPhase::pilot](const CertifyProgress& now) mutable {
    if (first < 0 || phase != now.phase) {
      began = Clock::now();
      first = now.step;
      phase = now.phase;
    }
    if (!journal.progress_due()) return;
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const auto steps = static_cast<double>(std::max<std::int64_t>(1, now.step - first));
    journal.progress(progress_line(now, seconds / steps));
  };
}

void report(const RunRequest& request, Outcome outcome, Journal& journal) {
  journal.end_progress();
  if (outcome == Outcome::stopped)
    return journal.say(
        "stopped, everything committed, nothing certified yet: run the same command again to go "
        "on");
  const RunView run(request.directory, Check::sizes);
  std::cout << certificate_text(run);
  journal.say(fmt::format("certificate  {}/{}", request.directory.string(), run_files::view));
}

}  // namespace

ExitCode certify_job(const Communicator& world, RunRequest request, Journal& journal) {
  if (agreed(world, world.is_root() && certified(request))) {
    if (world.is_root()) {
      renew_view(request.directory, journal.warnings());
      report(request, Outcome::finished, journal);
    }
    return ExitCode::done;
  }
  // Early, so that a second process is refused before it loads the data.
  auto lock =
      world.is_root() ? RunLock::of_existing(request.directory, journal.warnings()) : std::nullopt;
  share(world, request.config);
  const auto node = world.node();
  const auto parts = make_parts(request.config);
  auto data = load_on_node(data_options(request.config), world, node);
  const SamplerInput input{request.config, parts, data, world, node};
  const auto sampler = make_sampler(input);
  const auto ladder = certify_ladder(request.config);
  auto options = certify_options(request, data.train.samples);
  std::unique_ptr<RunDirectory> directory;
  if (world.is_root()) {
    directory = std::make_unique<RunDirectory>(
        request.directory, describe_chains(request, input, *sampler, ladder.rungs()),
        journal.warnings(), request.restart ? Existing::discard : Existing::resume,
        std::move(lock));
    journal.keep_in(request.directory / run_files::log);
    listen(options, journal);
  }
  const auto* snapshot = directory && directory->resumed() ? &*directory->resumed() : nullptr;
  const bool resumes = agreed(world, snapshot != nullptr);
  if (world.is_root())
    journal.say(fmt::format("{} {}: {}", resumes ? "resuming" : "certifying in",
                            request.directory.string(),
                            describe_placement(options.chains, world.size())));
  options.max_seconds = request.seconds_left();
  const auto outcome = sampler->certify(options, ladder, directory.get(), snapshot, resumes);
  if (world.is_root()) report(request, outcome, journal);
  return outcome == Outcome::stopped ? ExitCode::stopped : ExitCode::done;
}

}  // namespace echelon
