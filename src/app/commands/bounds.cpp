#include <fmt/format.h>

#include <iostream>

#include "../arguments.hpp"
#include "../read/print.hpp"
#include "../read/run_bounds.hpp"
#include "commands.hpp"

namespace echelon {
namespace {

double price_of(const Link& link, double samples) {
  return link.mean_square / (2 * samples * link.temperature);
}

nlohmann::json to_json(const RunBounds& bounds) {
  nlohmann::json out = {
      {"free_energy", json_number(bounds.free_energy.trapezoid.value)},
      {"free_energy_mcse", json_number(bounds.free_energy.trapezoid.standard_error)},
      {"free_energy_upper", json_number(bounds.free_energy.left.value)},
      {"free_energy_upper_mcse", json_number(bounds.free_energy.left.standard_error)},
      {"beta", json_numbers(bounds.betas)},
      {"certificate", json_number(bounds.certificate)},
      {"certificate_pac", json_number(bounds.certificate_pac)},
      {"delta", bounds.delta},
      {"trivial_bound", bounds.trivial_bound},
      {"training_samples", bounds.samples},
      {"lipschitz", bounds.scale.lipschitz},
      {"input_radius", bounds.scale.input_radius},
      {"vacuous", bounds.certificate >= bounds.trivial_bound},
      {"assumes", "equilibrium"}};
  for (const auto& mean : bounds.mean_losses)
    out["mean_train_loss"].push_back(json_number(mean.value));
  for (const auto& link : bounds.links) out["increment"].push_back(json_number(link.mean_square));
  return out;
}

void print(const RunBounds& bounds) {
  const auto& [left, trapezoid, right] = bounds.free_energy;
  TextTable table({"term", "value", "mcse"});
  const auto add = [&](const std::string& name, double value, double error) {
    table.add({name, shown(value, 5), shown(error, 2)});
  };
  const double none = std::numeric_limits<double>::quiet_NaN();
  add("free energy V_0, trapezoid", trapezoid.value, trapezoid.standard_error);
  add("free energy V_0, upper (left sum)", left.value, left.standard_error);
  double dominant = left.value;
  std::string name = "the free energy";
  for (const auto& link : bounds.links) {
    const auto layers = link.first == link.last
                            ? fmt::format("layer {}", link.last + 1)
                            : fmt::format("layers {} to {}", link.first + 1, link.last + 1);
    add(fmt::format("increment of {}, E b^2 / (2 n a)", layers), price_of(link, bounds.samples),
        none);
    if (price_of(link, bounds.samples) <= dominant) continue;
    dominant = price_of(link, bounds.samples);
    name = "the increment of " + layers;
  }
  add("certificate, in expectation", bounds.certificate, none);
  add(fmt::format("certificate, with probability {}", 1 - bounds.delta), bounds.certificate_pac,
      none);
  add("loss of the trivial predictor", bounds.trivial_bound, none);
  const bool vacuous = bounds.certificate >= bounds.trivial_bound;
  std::cout << table.text()
            << fmt::format(
                   "n = {}, inputs at most {:.4g} long, Lipschitz constant {:.4g}\n"
                   "{}: {} dominates. Assumes that every rung is in equilibrium.\n",
                   bounds.samples, bounds.scale.input_radius, bounds.scale.lipschitz,
                   vacuous ? "VACUOUS, no better than knowing nothing" : "non-vacuous", name);
  if (bounds.rise.sigmas > 3)
    std::cout << fmt::format(
        "NOT IN EQUILIBRIUM: the mean loss rises from rung {} to {} by {:.1f} "
        "standard errors. Run longer.\n",
        bounds.rise.rung, bounds.rise.rung + 1, bounds.rise.sigmas);
}

}  // namespace

int bounds_command(const Command& command, Words words) {
  boost::program_options::options_description options("Options");
  options.add_options()("json", "machine-readable output");
  const auto arguments = parse_arguments(command, words, options, {1, 1});
  if (!arguments) return 0;
  const auto bounds = read_bounds(RunView(arguments->words[0], Check::sizes));
  if (arguments->has("json"))
    std::cout << to_json(bounds).dump(2) << '\n';
  else
    print(bounds);
  return 0;
}

}  // namespace echelon
