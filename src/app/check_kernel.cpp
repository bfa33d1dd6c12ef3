#include <algorithm>

#include "check_rules.hpp"

namespace echelon {
namespace {

void check_collapsed(const Config& config) {
  const auto needs = [&](std::string_view key, std::string_view value) {
    consistent(
        config.text(key) == value,
        "kernel.estimator = collapsed needs {} = {} (here {}): only then is the last layer's "
        "law known in closed form",
        key, value, config.text(key));
  };
  needs("network.output", "identity");
  needs("network.loss", "squared");
  needs("prior.kind", "gaussian");
  consistent(!config.is_set("prior.radius"),
             "kernel.estimator = collapsed cannot be used with prior.radius (the last layer's law "
             "is known in closed form only without)");
}

/// Trajectories move every layer, by the slopes of the loss itself.
void check_trajectories(const Config& config) {
  const auto& text = config.text("kernel.proposal");
  if (text.find("hmc") == std::string::npos) return;
  consistent(text == "hmc", "kernel.proposal = {}: hmc moves all layers and stands alone", text);
  consistent(config.text("kernel.estimator") == "bridge",
             "kernel.proposal = hmc needs kernel.estimator = bridge (here {})",
             config.text("kernel.estimator"));
  const auto a = config.reals("temperature.a");
  consistent(
      std::all_of(a.begin(), a.end() - 1, [](double x) { return x == 0; }),
      "kernel.proposal = hmc needs every temperature but the last 0 (temperature.a = {}; the "
      "slopes of free energies are not known)",
      config.text("temperature.a"));
  consistent(config.text("prior.kind") == "gaussian" && !config.is_set("prior.radius"),
             "kernel.proposal = hmc needs prior.kind = gaussian and no prior.radius");
  consistent(std::ranges::max(config.per_layer("kernel.step")) <= 1,
             "kernel.step = {}: an hmc step is relative to the prior and at most 1",
             config.text("kernel.step"));
}

void check_proposals(const Config& config) {
  auto proposals = config.words("kernel.proposal");
  const auto& text = config.text("kernel.proposal");
  const auto layers = static_cast<std::size_t>(config.depth());
  if (proposals.size() == 1 && text != "mala") proposals.resize(layers, text);
  const auto steps = config.per_layer("kernel.step");
  for (std::size_t k = 0; k < proposals.size(); ++k) {
    const bool reversible = proposals[k] == "pcn" || proposals[k] == "unit-pcn";
    consistent(
        !reversible || config.text("prior.kind") == "gaussian",
        "kernel.proposal = {} needs prior.kind = gaussian (pcn is reversible for that prior)",
        text);
    consistent(!reversible || steps[k] <= 1,
               "kernel.step = {}: a pcn step is relative to the prior and at most 1",
               config.text("kernel.step"));
    consistent(proposals[k] != "mala" || k + 1 == proposals.size(),
               "kernel.proposal = {}: mala is for the last layer (the slope of the others' free "
               "energy is not known)",
               text);
  }
  consistent(
      config.text("kernel.precondition") == "none" || proposals.front().ends_with("pcn") ||
          proposals.front() == "hmc",
      "kernel.precondition = inputs needs kernel.proposal = pcn, unit-pcn or hmc in layer 1 (here "
      "{})",
      text);
  if (proposals.back() != "mala") return;
  consistent(layers > 1, "kernel.proposal = {} needs a hidden layer (network.widths = {} has none)",
             text, config.text("network.widths"));
  consistent(config.text("kernel.estimator") != "collapsed",
             "kernel.proposal = {} has no meaning with kernel.estimator = collapsed (it draws the "
             "last layer exactly)",
             text);
}

}  // namespace

void check_kernel(const Config& config) {
  const auto& estimator = config.text("kernel.estimator");
  const auto a = config.reals("temperature.a");
  const bool single_scale = std::all_of(a.begin(), a.end() - 1, [](double x) { return x == 0; });
  const bool one_rung = config.text("ladder.rungs") == "1" &&
                        config.reals("ladder.betas").size() < 2 && !config.is_set("ladder.table");
  only_with(config, "kernel.particles", "kernel.estimator", "annealed");
  only_with(config, "kernel.round-trip", "kernel.estimator", "bridge");
  only_with(config, "kernel.leapfrog", "kernel.proposal", "hmc");
  consistent(config.is_auto("kernel.target-acceptance") || config.flag("kernel.adapt-steps"),
             "kernel.target-acceptance = {} has no meaning with kernel.adapt-steps = false",
             config.text("kernel.target-acceptance"));
  consistent(estimator != "paper" || one_rung || single_scale,
             "kernel.estimator = paper cannot swap rungs at temperature.a = {} (its free energies "
             "are unknown): use bridge, annealed or collapsed, or ladder.rungs = 1",
             config.text("temperature.a"));
  consistent(
      estimator == "bridge" || estimator == "collapsed" || config.integer("kernel.inner-steps") > 0,
      "kernel.inner-steps = 0 needs kernel.estimator = bridge ({} averages over inner moves)",
      estimator);
  consistent(
      estimator != "annealed" || config.text("prior.kind") == "gaussian",
      "kernel.estimator = annealed needs prior.kind = gaussian (it anneals from prior draws)");
  consistent(config.integer("kernel.inner-steps") % config.integer("kernel.particles") == 0,
             "kernel.inner-steps = {} is not a multiple of kernel.particles = {} (it is particles "
             "times the levels of their schedule)",
             config.text("kernel.inner-steps"), config.text("kernel.particles"));
  if (estimator == "collapsed") check_collapsed(config);
  check_proposals(config);
  check_trajectories(config);
}

}  // namespace echelon
