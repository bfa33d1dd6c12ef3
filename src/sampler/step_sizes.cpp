#include "echelon/sampler/step_sizes.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "echelon/core/error.hpp"

namespace echelon {

StepSizes::StepSizes(std::vector<double> initial, std::vector<StepRule> rules)
    : initial_(std::move(initial)), rules_(std::move(rules)) {
  require(layers() == rules_.size(), ExitCode::usage, "{} step sizes for {} layers", layers(),
          rules_.size());
  for (std::size_t k = 0; k < layers(); ++k)
    require(std::isfinite(initial_[k]) && initial_[k] > 0 && initial_[k] <= rules_[k].largest,
            ExitCode::usage, "step of layer {} is {} (it must be positive and at most {})", k + 1,
            initial_[k], rules_[k].largest);
}

std::span<const double> StepSizes::of(int rung) const {
  const auto begin = static_cast<std::size_t>(rung) * layers();
  if (begin >= steps_.size()) return initial_;
  return std::span(steps_).subspan(begin, layers());
}

void StepSizes::adapt(int rung, std::span<const double> acceptance, std::int64_t warmup_sweep) {
  const auto begin = static_cast<std::size_t>(rung) * layers();
  while (steps_.size() < begin + layers())
    steps_.insert(steps_.end(), initial_.begin(), initial_.end());
  const double gain = 4 * std::pow(static_cast<double>(warmup_sweep) + 4, -0.6);
  for (std::size_t k = 0; k < layers(); ++k) {
    if (!std::isfinite(acceptance[k])) continue;
    double& step = steps_[begin + k];
    const StepRule& rule = rules_[k];
    const double excess = acceptance[k] - rule.target_acceptance;
    step = std::min(rule.largest, step * std::exp(gain * excess));
  }
}

Archive StepSizes::pack() const {
  Archive archive;
  archive.put("step", steps_);
  return archive;
}

void StepSizes::unpack(const Archive& archive) {
  auto steps = archive.get<double>("step");
  require(steps.size() % layers() == 0, ExitCode::data,
          "{} step sizes do not fit {} layers (the checkpoint belongs to another network)",
          steps.size(), layers());
  for (const double step : steps)
    require(std::isfinite(step) && step > 0, ExitCode::data,
            "a stored step size is {} (it must be positive)", step);
  steps_ = std::move(steps);
}

}  // namespace echelon
