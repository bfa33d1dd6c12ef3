#include "run_bounds.hpp"

#include <cmath>
#include <numbers>

#include "../run/parts.hpp"
#include "echelon/core/error.hpp"
#include "echelon/diagnostics/bounds.hpp"
#include "echelon/diagnostics/convergence.hpp"
#include "echelon/tempering/sink.hpp"
#include "ladder_state.hpp"

namespace echelon {
namespace {

constexpr std::int64_t fewest_sweeps = 16;

void require_bounded(const Config& config) {
  require(config.text("prior.kind") == "gaussian", ExitCode::usage,
          "a run with prior.kind = flat has no certificate (its target is improper): use gaussian");
  require(
      config.text("network.output") == "softmax" && config.text("network.loss") == "squared",
      ExitCode::usage,
      "a certificate needs network.output = softmax and network.loss = squared (here {} and {}): "
      "only then is the loss known to be bounded",
      config.text("network.output"), config.text("network.loss"));
}

/// R, fixed before the data is seen.
double input_radius(const Config& config) {
  if (!config.is_auto("bounds.radius")) return config.real("bounds.radius");
  const auto& source = config.text("data.source");
  require(source != "hdf5", ExitCode::usage,
          "data.source = hdf5 needs bounds.radius, the largest l2 norm an input may have (it must "
          "not be taken from the data)");
  const int constant = config.flag("data.append-one") ? 1 : 0;
  const int features = config.integers("network.widths").front() - constant;
  const double largest = source == "teacher" ? 1 : 255 / config.real("data.pixel-scale");
  return std::sqrt(features * largest * largest + constant);
}

/// The mean training loss of every rung over the production sweeps of all chains.
std::vector<Estimate> mean_losses(const RunView& run, std::int64_t warmup, std::size_t rungs) {
  const auto shape = run.shape(tables::trace, "train_loss");
  const auto rows = run.rows(tables::trace) - 1 - warmup;  // row 0 is the start
  require(rows >= fewest_sweeps, ExitCode::usage,
          "{} has {} sweeps after its warm-up (a certificate takes {} or more)",
          run.path().string(), std::max<std::int64_t>(0, rows), fewest_sweeps);
  const auto values = run.read<double>(tables::trace, "train_loss", 1 + warmup, rows);
  std::vector<Estimate> out;
  for (std::size_t rung = 0; rung < rungs; ++rung) {
    std::vector<std::span<const double>> chains;
    for (std::size_t chain = 0; chain < shape[0]; ++chain)
      chains.push_back(
          std::span(values).subspan((chain * shape[1] + rung) * static_cast<std::size_t>(rows),
                                    static_cast<std::size_t>(rows)));
    out.push_back(mean_with_error(Chains(chains)));
  }
  return out;
}

/// b_1..b_d of every stored draw.
std::vector<std::vector<double>> increments_by_draw(const RunView& run, const LossScale& scale,
                                                    const std::vector<double>& references) {
  const auto weights = run.read<double>(tables::sample_stats, "spectral_norm");
  const auto deviations = run.read<double>(tables::sample_stats, "deviation_norm");
  const auto depth = references.size();
  std::vector<std::vector<double>> out;
  for (std::size_t i = 0; i < weights.size(); i += depth)
    out.push_back(increments(scale, {std::span(weights).subspan(i, depth),
                                     std::span(deviations).subspan(i, depth), references}));
  return out;
}

double training_samples(const RunView& run) {
  const auto& attributes = run.manifest().attributes;
  const auto found = attributes.find("training_samples");
  require(found != attributes.end(), ExitCode::data,
          "{} does not say how many training samples it had (begun by an older version)",
          run.path().string());
  return static_cast<double>(std::get<std::int64_t>(found->second));
}

}  // namespace

RunBounds read_bounds(const RunView& run) {
  const auto config = Config::parse(run.manifest().config, "configuration of the run");
  require(!config.is_set("ladder.table"), ExitCode::usage,
          "{} has a ladder.table (a certificate is an integral over beta: use ladder.betas)",
          run.path().string());
  require_bounded(config);
  const auto ladder = read_ladder(run);
  require(ladder.beta.size() > 1 && ladder.beta[0] == 0, ExitCode::usage,
          "{} has no ladder from beta = 0 to 1 (its certificate is an integral over one: set "
          "ladder.rungs or ladder.betas = 0,...,1)",
          run.path().string());
  std::vector<double> references;
  for (const auto& reference : make_parts(config).prior.mean)
    references.push_back(spectral_norm(reference));

  RunBounds out;
  out.betas = ladder.beta;
  out.mean_losses = mean_losses(run, config.integer("run.warmup"), ladder.beta.size());
  out.free_energy = integrate_over_beta(out.betas, out.mean_losses);
  out.rise = largest_rise(out.mean_losses);
  // sqrt 2 bounds the gradient in the logits; the paper's constant is 4 [J p.9; theory 5].
  out.scale = {.lipschitz = std::numbers::sqrt2, .input_radius = input_radius(config), .range = 2};
  out.links = links(config.reals("temperature.a"), increments_by_draw(run, out.scale, references),
                    out.scale.range);
  out.samples = training_samples(run);
  out.delta = config.real("bounds.delta");
  const double upper = out.free_energy.left.value;
  out.certificate = expectation_bound(upper, out.links, out.samples);
  out.certificate_pac = pac_bound(upper, out.links, out.samples, out.delta, out.scale.range);
  out.trivial_bound = 1 - 1.0 / config.integers("network.widths").back();
  return out;
}

}  // namespace echelon
