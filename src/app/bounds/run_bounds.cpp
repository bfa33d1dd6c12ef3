#include "run_bounds.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace echelon {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void put_by(Archive& row, const std::string& name, const std::vector<Estimate>& estimates,
            std::size_t room) {
  std::vector<double> values, errors;
  for (const auto& [value, error] : estimates) {
    values.push_back(value);
    errors.push_back(error);
  }
  values.resize(room, nan);
  errors.resize(room, nan);
  row.put(name, values);
  row.put(name + "_mcse", errors);
}

void put(Archive& row, const std::string& name, const Estimate& estimate) {
  row.put(name, estimate.value);
  row.put(name + "_mcse", estimate.standard_error);
}

}  // namespace

Archive bounds_row(const RunBounds& bounds, const BoundsSetting& setting, std::int64_t sweep,
                   int rung_capacity) {
  Archive row;
  row.put("sweep", sweep);
  put(row, "free_energy", bounds.free_energy.trapezoid);
  put(row, "free_energy_upper", bounds.free_energy.left);
  put(row, "free_energy_stepping_stone", bounds.stepping_stone);
  put_by(row, "mean_train_loss", bounds.mean_losses, static_cast<std::size_t>(rung_capacity));
  put_by(row, "divergence", bounds.divergences, bounds.divergences.size());
  row.put("increment", bounds.increments);
  row.put("suggested_a", bounds.suggested);
  put(row, "certificate", bounds.certificate);
  row.put("certificate_pac", bounds.certificate_pac);
  row.put("certificate_paper", bounds.certificate_paper);
  row.put("single_scale_certificate", bounds.single_scale);
  row.put("information_gap", bounds.information_gap);
  row.put("worst_case_gap", bounds.worst_case_gap);
  row.put("trivial_bound", setting.trivial_bound);
  row.put("train_loss", bounds.train_loss);
  row.put("test_loss", bounds.test_loss);
  return row;
}

bool is_vacuous(const RunBounds& bounds, const BoundsSetting& setting) {
  return !(bounds.certificate.value < setting.trivial_bound);
}

double price_of(const Link& link, double samples) {
  return link.mean_square / (2 * samples * link.temperature);
}

std::string name_of(const Link& link) {
  return link.first == link.last ? fmt::format("layer {}", link.last + 1)
                                 : fmt::format("layers {} to {}", link.first + 1, link.last + 1);
}

std::string dominating_term(const RunBounds& bounds) {
  double largest = bounds.free_energy.left.value;
  std::string name = "the free energy";
  for (const auto& link : bounds.links) {
    const double price = price_of(link, bounds.samples);
    if (price <= largest) continue;
    largest = price;
    name = "the increment of " + name_of(link);
  }
  return name;
}

}  // namespace echelon
