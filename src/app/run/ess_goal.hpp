#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/storage/run_view.hpp"

namespace echelon {

/// `--until ess=N`: enough draws once the bulk ESS of train_loss over all chains reaches N. It is
/// looked at when the draws are 100, 110, 121, ... in number, so that where a run ends depends on
/// its draws alone, not on when it was stopped in between.
class EssGoal {
 public:
  /// From "ess=N". Error(usage) for anything else.
  explicit EssGoal(const std::string& text);

  /// Takes up the draws that the run already has.
  void remember(const RunView& run);
  /// Takes up one more draw: a row of /sample_stats.
  void add(std::span<const Archive> row);
  bool reached() const { return reached_; }

 private:
  void look();

  double goal_;
  std::vector<std::vector<double>> losses_;  // by chain
  std::size_t next_look_ = 100;
  bool reached_ = false;
};

}  // namespace echelon
