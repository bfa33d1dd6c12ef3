#include <fmt/format.h>

#include <iostream>

#include "../arguments.hpp"
#include "../bounds/meter.hpp"
#include "../certify/certificate.hpp"
#include "../read/ladder_state.hpp"
#include "../read/print.hpp"
#include "commands.hpp"
#include "echelon/core/error.hpp"

namespace echelon {
namespace {

constexpr std::int64_t fewest_sweeps = 16;

double training_samples(const RunView& run) {
  const auto& attributes = run.manifest().attributes;
  const auto found = attributes.find("training_samples");
  require(found != attributes.end(), ExitCode::data,
          "{} does not say how many training samples it had (begun by an older version)",
          run.path().string());
  return static_cast<double>(std::get<std::int64_t>(found->second));
}

/// The row of /bounds that the sweeps so far give, as JSON; names as in the file.
nlohmann::json to_json(const RunBounds& bounds, const BoundsSetting& setting, std::int64_t sweep) {
  nlohmann::json out;
  const auto row = bounds_row(bounds, setting, sweep, static_cast<int>(bounds.betas.size()));
  for (const auto& [name, array] : row.arrays())
    std::visit(
        [&, &key = name](const auto& values) {
          const std::vector<double> numbers(values.begin(), values.end());
          const bool by_axis = key.starts_with("mean_train_loss") ||
                               key.starts_with("divergence") || key == "increment" ||
                               key == "suggested_a";
          out[key] = by_axis ? json_numbers(numbers) : json_number(numbers.at(0));
        },
        array);
  out["sweep"] = sweep;
  out["beta"] = json_numbers(bounds.betas);
  out["delta"] = setting.delta;
  out["training_samples"] = bounds.samples;
  out["production_sweeps"] = bounds.sweeps;
  out["lipschitz"] = setting.scale.lipschitz;
  out["input_radius"] = setting.scale.input_radius;
  out["vacuous"] = is_vacuous(bounds, setting);
  out["dominating_term"] = dominating_term(bounds);
  out["assumes"] = "equilibrium";
  return out;
}

class Report {
 public:
  Report(const RunBounds& bounds, const BoundsSetting& setting)
      : bounds_(bounds), setting_(setting) {}

  std::string text() {
    free_energy();
    divergences();
    certificates();
    return table_.text() + verdict() + equilibrium();
  }

 private:
  void add(const std::string& name, const Estimate& estimate) {
    table_.add({name, shown(estimate.value, 5), shown(estimate.standard_error, 2)});
  }
  void add(const std::string& name, double value) {
    add(name, {value, std::numeric_limits<double>::quiet_NaN()});
  }

  void free_energy() {
    add("free energy V_0, trapezoid", bounds_.free_energy.trapezoid);
    add("free energy V_0, stepping stones", bounds_.stepping_stone);
    add("free energy V_0, upper (left sum)", bounds_.free_energy.left);
    add("mean training loss E[L]", bounds_.mean_losses.back());
  }

  void divergences() {
    for (std::size_t k = 0; k < bounds_.divergences.size(); ++k)
      add(fmt::format("divergence D_{} (nats)", k + 1), bounds_.divergences[k]);
    for (const auto& link : bounds_.links) {
      add(fmt::format("increment of {}, E b^2", name_of(link)), link.mean_square);
      add("  its price E b^2 / (2 n a)", price_of(link, bounds_.samples));
      add("  bound-optimal a", bounds_.suggested[static_cast<std::size_t>(link.last)]);
    }
  }

  void certificates() {
    add("certificate, in expectation", bounds_.certificate);
    add(fmt::format("certificate, with probability {}", 1 - setting_.delta),
        bounds_.certificate_pac);
    add(fmt::format("certificate, Lipschitz constant {:.4g}", setting_.paper_lipschitz),
        bounds_.certificate_paper);
    add("certificate, single scale", bounds_.single_scale);
    add("generalisation gap from the D_k", bounds_.information_gap);
    if (!setting_.radii.empty()) add("generalisation gap, worst case", bounds_.worst_case_gap);
    add("loss of the trivial predictor", setting_.trivial_bound);
    add("test loss of the draws", bounds_.test_loss);
    add("  minus their training loss", bounds_.test_loss - bounds_.train_loss);
  }

  std::string verdict() const {
    return fmt::format(
        "n = {}, inputs at most {:.4g} long, Lipschitz constant {:.4g}, {} production sweeps\n"
        "{}: {} dominates. Assumes that every rung is in equilibrium.\n",
        bounds_.samples, setting_.scale.input_radius, setting_.scale.lipschitz, bounds_.sweeps,
        is_vacuous(bounds_, setting_) ? "VACUOUS, no better than knowing nothing" : "non-vacuous",
        dominating_term(bounds_));
  }

  std::string equilibrium() const {
    if (bounds_.rise.sigmas <= 3) return {};
    return fmt::format(
        "NOT IN EQUILIBRIUM: the mean loss rises from rung {} to {} by {:.1f} "
        "standard errors. Run longer.\n",
        bounds_.rise.rung, bounds_.rise.rung + 1, bounds_.rise.sigmas);
  }

  const RunBounds& bounds_;
  const BoundsSetting& setting_;
  TextTable table_{{"term", "value", "mcse"}};
};

}  // namespace

int bounds_command(const Command& command, Words words) {
  boost::program_options::options_description options("Options");
  options.add_options()("json", "machine-readable output");
  const auto arguments = parse_arguments(command, words, options, {1, 1});
  if (!arguments) return 0;
  const RunView run(arguments->words[0], Check::sizes);
  if (holds_certificate(run)) {
    std::cout << (arguments->has("json") ? certificate_json(run) : certificate_text(run));
    return 0;
  }
  BoundsMeter meter(Config::parse(run.manifest().config, "configuration of the run"),
                    training_samples(run));
  const auto& setting = meter.setting();
  require(setting.refusal.empty(), ExitCode::usage, "{}: {}", run.path().string(), setting.refusal);
  meter.remember(run);
  const auto bounds = meter.bounds(read_ladder(run).beta);
  require(bounds.sweeps >= fewest_sweeps, ExitCode::usage,
          "{} has {} sweeps after its warm-up (a certificate takes {} or more)",
          run.path().string(), bounds.sweeps, fewest_sweeps);
  require(!bounds.links.empty(), ExitCode::usage,
          "{} has no stored draws yet (a certificate takes their spectral norms): lower run.thin",
          run.path().string());
  if (arguments->has("json"))
    std::cout << to_json(bounds, setting, run.manifest().sweeps_done()).dump(2) << '\n';
  else
    std::cout << Report(bounds, setting).text();
  return 0;
}

}  // namespace echelon
