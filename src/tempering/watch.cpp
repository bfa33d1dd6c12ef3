#include "echelon/tempering/watch.hpp"

#include <algorithm>
#include <cmath>

namespace echelon {
namespace {

// Sweeps and commits vary; being late loses the work since the last commit.
constexpr double safety = 1.5;

}  // namespace

void Watch::sweep_ended(double now) {
  longest_sweep_ = std::max(longest_sweep_, now - sweep_began_);
  sweep_began_ = now;
}

Signal Watch::signals(double now) const {
  Signal result = Signal::none;
  if (now >= due_) result = result | Signal::commit;
  if (now + safety * (longest_sweep_ + longest_commit_) >= limit_) result = result | Signal::stop;
  return result;
}

void Watch::committed(double began, double now, bool success) {
  longest_commit_ = std::max(longest_commit_, now - began);
  committing_ += now - began;
  sweep_began_ = now;
  failures_ = success ? 0 : failures_ + 1;
  if (success) safe_ = began;
  // Counted from its beginning, so that not more than an interval's work is at stake; but where
  // commits are slow, at least half of the time is for sampling.
  const double pause = interval_ * std::min(1.0, std::ldexp(1.0, failures_ - 1) / 16);
  due_ = success ? std::max(began + interval_, now + (now - began)) : now + pause;
}

}  // namespace echelon
