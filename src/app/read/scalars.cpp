#include "scalars.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"
#include "echelon/diagnostics/convergence.hpp"
#include "echelon/tempering/sink.hpp"

namespace echelon {
namespace {

/// Appends the chains of one column, (chain, draw) or (chain, draw, layer), to `series`.
void append(const RunView& run, const std::string& column, std::vector<Series>& series) {
  const auto shape = run.shape(tables::sample_stats, column);
  const auto values = run.read<double>(tables::sample_stats, column);
  const std::size_t draws = shape[1], entries = shape.size() > 2 ? shape[2] : 1;
  for (std::size_t entry = 0; entry < entries; ++entry) {
    const auto name = shape.size() > 2 ? fmt::format("{}[{}]", column, entry + 1) : column;
    auto found = std::ranges::find(series, name, &Series::name);
    if (found == series.end()) found = series.insert(found, {name, {}});
    for (std::size_t chain = 0; chain < shape[0]; ++chain) {
      auto& draws_of = found->chains.emplace_back(draws);
      for (std::size_t i = 0; i < draws; ++i)
        draws_of[i] = values[(chain * draws + i) * entries + entry];
    }
  }
}

/// Losses first, then errors, then the rest by name.
int place_of(const std::string& name) {
  const std::string first[] = {"train_loss", "test_loss", "train_error", "test_error", "lp"};
  return static_cast<int>(std::ranges::find(first, name) - std::begin(first));
}

double spread(std::span<const std::vector<double>> chains, double mean) {
  double sum = 0;
  std::size_t count = 0;
  for (const auto& chain : chains)
    for (const double x : chain) {
      sum += (x - mean) * (x - mean);
      ++count;
    }
  return std::sqrt(sum / static_cast<double>(count - 1));
}

Summary summarize(std::span<const std::vector<double>> chains) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (chains.empty() || chains[0].empty()) return {nan, nan, nan, nan, nan, nan};
  const std::vector<std::span<const double>> views(chains.begin(), chains.end());
  const auto mean = mean_with_error(Chains(views));
  return {mean.value,          spread(chains, mean.value),
          mean.standard_error, ess_bulk(views),
          ess_tail(views),     rhat(views)};
}

}  // namespace

std::vector<Series> read_scalars(std::span<const RunView> runs) {
  std::vector<Series> all;
  for (const auto& run : runs)
    for (const auto& column : run.manifest().schema.find(tables::sample_stats)->columns)
      if (column.type == ElementType::real64) append(run, column.name, all);
  std::size_t chains = 0, draws = std::numeric_limits<std::size_t>::max();
  for (const auto& series : all) {
    chains = std::max(chains, series.chains.size());
    for (const auto& chain : series.chains) draws = std::min(draws, chain.size());
  }
  for (auto& series : all) {
    require(series.chains.size() == chains, ExitCode::data,
            "{} is known for {} of {} chains (the runs are of different kinds)", series.name,
            series.chains.size(), chains);
    for (auto& chain : series.chains) chain.resize(draws);
  }
  std::erase_if(all, [](const Series& series) {
    const auto number = [](double x) { return std::isfinite(x); };
    return !std::ranges::all_of(
        series.chains, [&](const auto& chain) { return std::ranges::all_of(chain, number); });
  });
  std::ranges::stable_sort(
      all, {}, [](const Series& series) { return std::pair(place_of(series.name), series.name); });
  return all;
}

Summary summarize(const Series& series) { return summarize(std::span(series.chains)); }

Summary summarize(const Series& series, std::size_t chain) {
  return summarize(std::span(&series.chains.at(chain), 1));
}

}  // namespace echelon
