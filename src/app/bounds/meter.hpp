#pragma once

#include <span>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/diagnostics/ladder_blocks.hpp"
#include "echelon/storage/run_view.hpp"
#include "increment_sums.hpp"
#include "run_bounds.hpp"

namespace echelon {

/// Follows a run and knows its bounds at any sweep, in bounded memory. Fed with the same rows it
/// gives the same bits, live, after a resume, or from the files (`echelon bounds`).
class BoundsMeter {
 public:
  BoundsMeter(const Config& config, double training_samples);

  /// Takes up the rows that a run already has.
  void remember(const RunView& run);
  /// One row of /trace, the start and warm-up included.
  void add_sweep(std::span<const Archive> row);
  /// One row of /sample_stats.
  void add_draw(std::span<const Archive> row);

  const BoundsSetting& setting() const { return setting_; }
  /// The bounds so far, on the ladder with these betas.
  RunBounds bounds(const std::vector<double>& betas) const;

 private:
  void open(const std::vector<double>& losses, std::size_t chains);
  void set_divergences(RunBounds& out) const;
  void set_certificates(RunBounds& out) const;
  void suggest(RunBounds& out) const;

  BoundsSetting setting_;
  double samples_;
  std::int64_t warmup_;
  int swap_every_;
  std::int64_t sweep_ = -1;  // of the last row of the trace; row 0 is the start
  std::vector<LadderBlocks> chains_;
  std::int64_t draws_ = 0;
  double train_loss_ = 0, test_loss_ = 0;
  IncrementSums tight_, paper_;
};

}  // namespace echelon
