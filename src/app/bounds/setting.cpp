#include "setting.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "../run/parts.hpp"

namespace echelon {
namespace {

/// R, fixed before the data is seen; 0 when the configuration does not tell.
double input_radius(const Config& config) {
  if (!config.is_auto("bounds.radius")) return config.real("bounds.radius");
  const auto& source = config.text("data.source");
  if (source == "hdf5" || config.integer("data.waves") > 0) return 0;
  const int constant = config.flag("data.append-one") ? 1 : 0;
  const int features = config.integers("network.widths").front() - constant;
  const double largest = source == "teacher" ? 1 : 255 / config.real("data.pixel-scale");
  return std::sqrt(features * largest * largest + constant);
}

bool is_softmax(const Config& config) { return config.text("network.output") == "softmax"; }

std::string refusal_of(const Config& config, const BoundsSetting& setting) {
  if (config.text("prior.kind") == "flat")
    return "a run with prior.kind = flat has no certificate (its target is improper): use gaussian";
  if (config.is_set("ladder.table"))
    return "a run with a ladder.table has no certificate (that is an integral over beta): use "
           "ladder.betas";
  if (!setting.has_ladder)
    return "the run has no ladder from beta = 0 to 1 (its certificate is an integral over one): "
           "set ladder.rungs or ladder.betas = 0,...,1";
  if (config.text("network.loss") != "squared")
    return fmt::format(
        "a certificate needs network.loss = squared (here {}): only then is the loss known to be "
        "bounded",
        config.text("network.loss"));
  if (!is_softmax(config) && setting.radii.empty())
    return "a certificate at network.output = identity needs prior.radius (the loss has no bound "
           "otherwise), or use network.output = softmax";
  if (setting.scale.input_radius == 0)
    return "data.source = hdf5 and data.waves need bounds.radius, the largest l2 norm an input may "
           "have (it must not be taken from the data)";
  return {};
}

/// sqrt 2 bounds the gradient of the squared loss behind a softmax; the paper's constant is 4
/// [J p.9; theory 5]. With identity output the radii bound it: 2 + 2 exp(sum alpha) M R.
void set_loss_scale(const Config& config, BoundsSetting& setting) {
  setting.scale.input_radius = input_radius(config);
  if (is_softmax(config)) {
    setting.scale.lipschitz = std::numbers::sqrt2;
    setting.scale.range = 2;
    setting.paper_lipschitz = 4;
    return;
  }
  const double spread = std::exp(std::accumulate(setting.radii.begin(), setting.radii.end(), 0.0));
  const double norm = std::accumulate(setting.references.begin(), setting.references.end(), 1.0,
                                      std::multiplies<>());
  setting.scale.lipschitz = 2 + 2 * spread * norm * setting.scale.input_radius;
  setting.scale.range = std::numeric_limits<double>::infinity();
  setting.paper_lipschitz = setting.scale.lipschitz;
}

}  // namespace

BoundsSetting bounds_setting(const Config& config) {
  BoundsSetting out;
  out.temperatures = config.reals("temperature.a");
  out.cumulative = out.temperatures;
  for (std::size_t k = out.cumulative.size() - 1; k > 0; --k)
    out.cumulative[k - 1] += out.cumulative[k];
  out.radii = config.per_layer("prior.radius");
  for (const auto& reference : make_parts(config).prior.mean)
    out.references.push_back(spectral_norm(reference));
  const auto ladder = initial_ladder(config);
  out.has_ladder = !config.is_set("ladder.table") && ladder.rungs() > 1 && ladder.betas()[0] == 0;
  out.delta = config.real("bounds.delta");
  out.trivial_bound = 1 - 1.0 / config.integers("network.widths").back();
  set_loss_scale(config, out);
  out.refusal = refusal_of(config, out);
  return out;
}

}  // namespace echelon
