#include "run_sink.hpp"

#include <cmath>
#include <limits>

#include "echelon/app/run_schema.hpp"
#include "echelon/tempering/sink.hpp"

namespace echelon {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void RunSink::record(std::string_view table, std::span<const Archive> row) {
  if (goal_ && table == tables::sample_stats) goal_->add(row);
  if (table == tables::trace) meter_.add_sweep(row);
  if (table == tables::sample_stats) meter_.add_draw(row);
  if (table != tables::rounds) return directory_.record(table, row);
  // A ladder of one rung has no pairs, and files know no empty axes; nested tuning is not by rung.
  Archive round;
  for (const auto& [name, array] : row[0].arrays())
    if (name.find('/') == name.npos &&
        std::visit([](const auto& values) { return !values.empty(); }, array))
      round.put(name, array);
  const auto kernel = kernel_row(round);
  add_integrals(round);
  // A table's betas are only an order.
  if (temperatures_.is_table())
    round.put("beta", std::vector<double>(round.get<double>("beta").size(), nan));
  directory_.record(table, std::span(&round, 1));
  directory_.record(tables::ladder_kernel, std::span(&kernel, 1));
  if (round.get_scalar<std::int64_t>("warmup") == 0) record_bounds(round);
}

void RunSink::record_bounds(const Archive& round) {
  if (!meter_.setting().has_ladder) return;
  auto betas = round.get<double>("beta");
  const auto room = static_cast<int>(betas.size());
  std::erase_if(betas, [](double beta) { return std::isnan(beta); });
  const auto row = bounds_row(meter_.bounds(betas), meter_.setting(),
                              round.get_scalar<std::int64_t>("sweep"), room);
  directory_.record(tables::bounds, std::span(&row, 1));
}

// d log Z / d beta = -E_beta[L] / A_1 (A_1 at beta = 1), and E_beta[L] does not increase with beta.
void RunSink::add_integrals(Archive& round) const {
  const auto& betas = round.get<double>("beta");
  const auto& losses = round.get<double>("mean_train_loss");
  const double inverse = temperatures_.is_table() ? nan : temperatures_.inverse(0, {0, 1.0});
  std::vector<double> left, right;
  for (std::size_t pair = 0; pair < round.get<double>("swap_acceptance").size(); ++pair) {
    const bool known = pair + 1 < betas.size();
    const double step = known ? (betas[pair + 1] - betas[pair]) * inverse : nan;
    left.push_back(known ? -step * losses[pair] : nan);
    right.push_back(known ? -step * losses[pair + 1] : nan);
  }
  round.put("log_normaliser_left", std::move(left));
  round.put("log_normaliser_right", std::move(right));
}

Archive RunSink::kernel_row(const Archive& round) const {
  const auto& betas = round.get<double>("beta");
  std::vector<double> temperature, step;
  for (std::size_t index = 0; index < betas.size(); ++index) {
    const Rung rung{static_cast<int>(index), betas[index]};
    for (int layer = 0; layer < temperatures_.depth(); ++layer) {
      const bool padding = std::isnan(rung.beta);
      temperature.push_back(padding ? nan : temperatures_.cumulative(layer, rung));
      const bool unused = padding || rung.beta == 0;  // the prior is drawn from, not explored
      step.push_back(unused ? nan : steps_[static_cast<std::size_t>(layer)]);
    }
  }
  Archive out;
  out.put("temperature", std::move(temperature));
  if (round.has("acceptance")) out.put("acceptance", round.get<double>("acceptance"));
  if (round.has("step"))
    for (std::size_t i = 0; i < step.size(); ++i)
      if (!std::isnan(step[i])) step[i] = round.get<double>("step")[i];
  out.put("step", std::move(step));
  return out;
}

}  // namespace echelon
