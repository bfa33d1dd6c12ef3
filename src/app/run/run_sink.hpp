#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "../bounds/meter.hpp"
#include "echelon/core/archive.hpp"
#include "echelon/core/snapshot.hpp"
#include "echelon/sampler/temperatures.hpp"
#include "echelon/storage/run_directory.hpp"
#include "ess_goal.hpp"

namespace echelon {

/// A tempering sink whose kind is chosen at run time (tempering/sink.hpp).
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  virtual void record(std::string_view table, std::span<const Archive> row) = 0;
  virtual bool commit(const Snapshot& snapshot) = 0;
};

/// Keeps nothing.
class NoSink final : public OutputSink {
 public:
  void record(std::string_view, std::span<const Archive>) override {}
  bool commit(const Snapshot&) override { return true; }
};

/// The run directory as tempering sees it. With the row of each round it also keeps the rungs'
/// temperatures, acceptances and steps as they now are (tables::ladder_kernel), in the row the log
/// normalisers that integrating over beta gives, and with every production round the bounds so far
/// (tables::bounds).
class RunSink final : public OutputSink {
 public:
  /// `steps` are the configured ones, per layer: what an unadapted rung uses. `goal` may be null;
  /// it learns of every draw. `meter` has taken up what a resumed run already has.
  RunSink(RunDirectory& directory, Temperatures temperatures, std::vector<double> steps,
          BoundsMeter meter, EssGoal* goal)
      : directory_(directory),
        temperatures_(std::move(temperatures)),
        steps_(std::move(steps)),
        meter_(std::move(meter)),
        goal_(goal) {}

  void record(std::string_view table, std::span<const Archive> row) override;
  bool commit(const Snapshot& snapshot) override { return directory_.commit(snapshot); }

 private:
  Archive kernel_row(const Archive& round) const;
  void add_integrals(Archive& round) const;
  void record_bounds(const Archive& round);

  RunDirectory& directory_;
  Temperatures temperatures_;
  std::vector<double> steps_;
  BoundsMeter meter_;
  EssGoal* goal_;
};

}  // namespace echelon
