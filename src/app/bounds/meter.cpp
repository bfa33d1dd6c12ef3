#include "meter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "echelon/diagnostics/bounds.hpp"
#include "echelon/diagnostics/ladder_functional.hpp"
#include "echelon/tempering/sink.hpp"
#include "row_reader.hpp"

namespace echelon {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string free_energy_name(std::size_t layers) { return fmt::format("free_energy_{}", layers); }

/// An estimate of a divergence may fall below 0; NaN stays.
double not_negative(double divergence) { return divergence < 0 ? 0 : divergence; }

}  // namespace

BoundsMeter::BoundsMeter(const Config& config, double training_samples)
    : setting_(bounds_setting(config)),
      samples_(training_samples),
      warmup_(config.integer("run.warmup")),
      swap_every_(static_cast<int>(config.integer("ladder.swap-every"))),
      tight_(setting_),
      paper_(setting_) {}

void BoundsMeter::remember(const RunView& run) {
  std::vector<std::string> sweeps{"train_loss", "log_ratio"};
  for (std::size_t k = 1; k < setting_.temperatures.size(); ++k)
    sweeps.push_back(free_energy_name(k));
  RowReader(run, tables::trace, sweeps).each([&](const auto& row) { add_sweep(row); });
  RowReader(run, tables::sample_stats,
            {"train_loss", "test_loss", "spectral_norm", "deviation_norm"})
      .each([&](const auto& row) { add_draw(row); });
}

void BoundsMeter::open(const std::vector<double>& losses, std::size_t chains) {
  const auto rungs =
      std::count_if(losses.begin(), losses.end(), [](double loss) { return !std::isnan(loss); });
  const auto extras = static_cast<int>(setting_.temperatures.size()) - 1;
  chains_.assign(chains, LadderBlocks(static_cast<int>(rungs), extras, 2 * swap_every_));
}

void BoundsMeter::add_sweep(std::span<const Archive> row) {
  if (++sweep_ <= warmup_ || !setting_.has_ladder) return;
  if (chains_.empty()) open(row[0].get<double>("train_loss"), row.size());
  // Exchanges alternate between the pairs that begin at even and at odd rungs.
  const bool exchanging = sweep_ % swap_every_ == 0;
  const int first_pair = exchanging ? static_cast<int>((sweep_ / swap_every_ - 1) % 2) : -1;
  for (std::size_t chain = 0; chain < row.size(); ++chain) {
    std::vector<double> extras;
    for (std::size_t k = 1; k < setting_.temperatures.size(); ++k) {
      const auto name = free_energy_name(k);
      const auto last_rung = static_cast<std::size_t>(chains_[0].rungs()) - 1;
      extras.push_back(row[chain].has(name) ? row[chain].get<double>(name).at(last_rung) : nan);
    }
    chains_[chain].add(row[chain].get<double>("train_loss"), row[chain].get<double>("log_ratio"),
                       first_pair, extras);
  }
}

void BoundsMeter::add_draw(std::span<const Archive> row) {
  if (!setting_.has_ladder) return;
  for (const auto& chain : row) {
    ++draws_;
    train_loss_ += chain.get_scalar<double>("train_loss");
    test_loss_ += chain.get_scalar<double>("test_loss");
    if (!setting_.refusal.empty()) continue;
    const SpectralNorms norms{chain.get<double>("spectral_norm"),
                              chain.get<double>("deviation_norm"), setting_.references};
    tight_.add(setting_, setting_.scale.lipschitz, norms);
    paper_.add(setting_, setting_.paper_lipschitz, norms);
  }
}

RunBounds BoundsMeter::bounds(const std::vector<double>& betas) const {
  RunBounds out;
  out.samples = samples_;
  out.betas = betas;
  const auto depth = setting_.temperatures.size();
  const Estimate unknown{nan, nan};
  out.mean_losses.assign(betas.size(), unknown);
  out.divergences.assign(depth, unknown);
  out.free_energy = {unknown, unknown, unknown};
  out.stepping_stone = out.certificate = unknown;
  out.increments.assign(depth, nan);
  out.suggested.assign(depth, nan);
  for (double* value : {&out.certificate_pac, &out.certificate_paper, &out.single_scale,
                        &out.information_gap, &out.worst_case_gap, &out.train_loss, &out.test_loss})
    *value = nan;
  if (chains_.empty() || chains_[0].blocks().empty()) return out;
  out.sweeps = chains_[0].sweeps();
  out.mean_losses = mean_losses(chains_, static_cast<int>(betas.size()));
  out.free_energy = integrate_over_beta(chains_, betas);
  out.rise = largest_rise(out.mean_losses);
  out.stepping_stone = estimate(
      chains_, {.free_energy = 1, .scale = setting_.cumulative[0], .rungs = {}, .extras = {}});
  if (draws_ > 0) {
    out.train_loss = train_loss_ / static_cast<double>(draws_);
    out.test_loss = test_loss_ / static_cast<double>(draws_);
  }
  set_divergences(out);
  if (setting_.refusal.empty() && draws_ > 0) set_certificates(out);
  return out;
}

/// D_k = V_0 / A_1 + sum_{0<j<k} (1/A_{j+1} - 1/A_j) E[V_j] - E[V_k] / A_k, V_d = L.
void BoundsMeter::set_divergences(RunBounds& out) const {
  const auto& cumulative = setting_.cumulative;
  const auto depth = cumulative.size();
  for (std::size_t k = 1; k <= depth; ++k) {
    LadderFunctional functional{
        1 / cumulative[0], cumulative[0], {}, std::vector<double>(depth - 1, 0)};
    for (std::size_t j = 1; j < k; ++j)
      functional.extras[j - 1] = 1 / cumulative[j] - 1 / cumulative[j - 1];
    if (k < depth) {
      functional.extras[k - 1] = -1 / cumulative[k - 1];
    } else {
      functional.rungs.assign(out.betas.size(), 0);
      functional.rungs.back() = -1 / cumulative[depth - 1];
    }
    out.divergences[k - 1] = estimate(chains_, functional);
  }
}

void BoundsMeter::set_certificates(RunBounds& out) const {
  const auto draws = static_cast<double>(draws_);
  const auto averaged = [&](std::vector<Link> links) {
    for (auto& link : links) link.mean_square /= draws;
    return links;
  };
  out.links = averaged(tight_.links);
  for (std::size_t k = 0; k < out.increments.size(); ++k)
    out.increments[k] = tight_.layers[k] / draws;
  const auto& upper = out.free_energy.left;
  out.certificate = {expectation_bound(upper.value, out.links, samples_), upper.standard_error};
  out.certificate_pac =
      pac_bound(upper.value, out.links, samples_, setting_.delta, setting_.scale.range);
  out.certificate_paper = expectation_bound(upper.value, averaged(paper_.links), samples_);

  out.single_scale = expectation_bound(
      out.mean_losses.back().value + setting_.temperatures.back() * out.divergences.back().value,
      averaged(tight_.merged), samples_);
  suggest(out);
}

void BoundsMeter::suggest(RunBounds& out) const {
  std::vector<double> divergences;
  for (const auto& link : out.links)
    divergences.push_back(out.divergences[static_cast<std::size_t>(link.last)].value);
  const auto best = bound_optimal_temperatures(out.links, divergences, samples_);
  std::fill(out.suggested.begin(), out.suggested.end(), 0.0);
  out.information_gap = 0;
  for (std::size_t i = 0; i < out.links.size(); ++i) {
    const double information = not_negative(divergences[i]);
    out.suggested[static_cast<std::size_t>(out.links[i].last)] =
        std::isnan(information) ? nan : best[i];
    out.information_gap += std::sqrt(2 * out.links[i].mean_square * information / samples_);
  }
  if (setting_.radii.empty()) return;
  double constant = std::sqrt(2.0) * setting_.scale.lipschitz * setting_.scale.input_radius;
  for (const double norm : setting_.references) constant *= norm;
  std::vector<double> informations;
  for (const auto& divergence : out.divergences)
    informations.push_back(not_negative(divergence.value));
  out.worst_case_gap = worst_case_gap(setting_.radii, informations, constant, samples_);
}

}  // namespace echelon
