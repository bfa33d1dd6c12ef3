#include "ess_goal.hpp"

#include <charconv>

#include "echelon/core/error.hpp"
#include "echelon/diagnostics/convergence.hpp"
#include "echelon/tempering/sink.hpp"

namespace echelon {

EssGoal::EssGoal(const std::string& text) {
  const std::string_view prefix = "ess=";
  const auto* const end = text.data() + text.size();
  const bool named = text.starts_with(prefix);
  const auto parsed = std::from_chars(text.data() + (named ? prefix.size() : 0), end, goal_);
  require(named && parsed.ec == std::errc() && parsed.ptr == end && goal_ > 0, ExitCode::usage,
          "--until {} (allowed: ess=N, with a number N > 0 of effective draws of train_loss)",
          text);
}

void EssGoal::remember(const RunView& run) {
  const auto shape = run.shape(tables::sample_stats, "train_loss");
  const auto values = run.read<double>(tables::sample_stats, "train_loss");
  const std::size_t chains = shape[0], draws = shape[1];
  losses_.assign(chains, {});
  for (std::size_t draw = 0; draw < draws; ++draw) {
    for (std::size_t chain = 0; chain < chains; ++chain)
      losses_[chain].push_back(values[chain * draws + draw]);
    look();
  }
}

void EssGoal::add(std::span<const Archive> row) {
  losses_.resize(row.size());
  for (std::size_t chain = 0; chain < row.size(); ++chain)
    losses_[chain].push_back(row[chain].get_scalar<double>("train_loss"));
  look();
}

void EssGoal::look() {
  const auto draws = losses_[0].size();
  if (reached_ || draws < next_look_) return;
  next_look_ = draws + draws / 10;
  const std::vector<std::span<const double>> views(losses_.begin(), losses_.end());
  reached_ = ess_bulk(views) >= goal_;
}

}  // namespace echelon
