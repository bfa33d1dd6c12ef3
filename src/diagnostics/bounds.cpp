#include "echelon/diagnostics/bounds.hpp"

#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"

namespace echelon {

namespace {

void check_samples(double samples) {
  require(samples >= 1, ExitCode::internal, "a bound needs samples (there are {})", samples);
}

}  // namespace

double expectation_bound(double free_energy, std::span<const Link> links, double samples) {
  check_samples(samples);
  double bound = free_energy;
  for (const Link& link : links) bound += link.mean_square / (2 * samples * link.temperature);
  return bound;
}

double pac_bound(double free_energy, std::span<const Link> links, double samples, double delta,
                 double range) {
  require(0 < delta && delta < 1, ExitCode::internal, "delta is {} (it must be in (0, 1))", delta);
  // One event per link and one for the reference network share delta.
  const double confidence = std::log((static_cast<double>(links.size()) + 1) / delta);
  double bound = expectation_bound(free_energy, links, samples);
  for (const Link& link : links) bound += link.temperature * confidence;
  return bound + range * std::sqrt(confidence / (2 * samples));
}

double worst_case_gap(std::span<const double> radii, std::span<const double> informations,
                      double constant, double samples) {
  check_samples(samples);
  require(radii.size() == informations.size(), ExitCode::internal,
          "{} radii and {} informations (one of each per layer is needed)", radii.size(),
          informations.size());
  double sum = 0;
  double shallower = 0;
  for (std::size_t k = 0; k < radii.size(); ++k) {
    sum += radii[k] * std::exp(shallower) * std::sqrt(informations[k]);
    shallower += radii[k];
  }
  return constant / std::sqrt(samples) * sum;
}

std::vector<double> bound_optimal_temperatures(std::span<const Link> links,
                                               std::span<const double> divergences,
                                               double samples) {
  check_samples(samples);
  require(links.size() == divergences.size(), ExitCode::internal, "{} links and {} divergences",
          links.size(), divergences.size());
  std::vector<double> temperatures;
  for (std::size_t k = 0; k < links.size(); ++k)
    temperatures.push_back(divergences[k] > 0
                               ? std::sqrt(links[k].mean_square / (2 * samples * divergences[k]))
                               : std::numeric_limits<double>::infinity());
  return temperatures;
}

std::vector<double> divergences(std::span<const double> mean_drops,
                                std::span<const double> cumulative_temperatures) {
  require(mean_drops.size() == cumulative_temperatures.size(), ExitCode::internal,
          "{} drops of the free energy and {} temperatures", mean_drops.size(),
          cumulative_temperatures.size());
  std::vector<double> result;
  double sum = 0;
  for (std::size_t k = 0; k < mean_drops.size(); ++k)
    result.push_back(sum += mean_drops[k] / cumulative_temperatures[k]);
  return result;
}

}  // namespace echelon
