#include "echelon/sampler/temperatures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "echelon/core/error.hpp"

namespace echelon {

namespace {

std::vector<double> summed(std::vector<double> a) {
  require(!a.empty(), ExitCode::usage, "no temperature given (one is needed for every layer)");
  for (std::size_t k = 0; k < a.size(); ++k)
    require(std::isfinite(a[k]) && a[k] >= 0, ExitCode::usage,
            "temperature a of layer {} is {} (it must be finite and not negative)", k + 1, a[k]);
  require(a.back() > 0, ExitCode::usage,
          "temperature a of the last layer is {} (it must be positive)", a.back());
  for (std::size_t k = a.size() - 1; k > 0; --k) a[k - 1] += a[k];
  return a;
}

}  // namespace

Temperatures::Temperatures(std::vector<double> a) : sums_{summed(std::move(a))} {}

Temperatures Temperatures::from_table(const std::vector<std::vector<double>>& rows) {
  require(!rows.empty(), ExitCode::usage, "the temperature table is empty (give a row per rung)");
  Temperatures result;
  result.table_ = true;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    require(rows[r].size() == rows[0].size(), ExitCode::usage,
            "row {} of the temperature table has {} temperatures, row 0 has {}", r, rows[r].size(),
            rows[0].size());
    result.sums_.push_back(summed(rows[r]));
  }
  return result;
}

const std::vector<double>& Temperatures::sums(Rung rung) const {
  if (!table_) return sums_.front();
  const auto index = static_cast<std::size_t>(rung.index);
  require(rung.index >= 0 && index < sums_.size(), ExitCode::internal,
          "rung {} has no row in the temperature table of {} rows", rung.index, sums_.size());
  return sums_[index];
}

double Temperatures::cumulative(int layer, Rung rung) const {
  const double sum = sums(rung)[static_cast<std::size_t>(layer)];
  if (rung.beta == 0) return std::numeric_limits<double>::infinity();
  return table_ ? sum : sum / rung.beta;
}

double Temperatures::inverse(int layer, Rung rung) const { return 1 / cumulative(layer, rung); }

double Temperatures::theta(int layer, Rung rung) const {
  const auto& sum = sums(rung);
  const auto k = static_cast<std::size_t>(layer);
  return k + 1 < sum.size() ? sum[k + 1] / sum[k] : 1.0;
}

bool Temperatures::single_scale(Rung rung) const {
  const auto& sum = sums(rung);
  return sum.front() == sum.back();
}

}  // namespace echelon
