#pragma once

#include <cstdint>
#include <vector>

namespace echelon {

/// What a rank asks of the others at the end of a sweep; the answer is the union over ranks.
enum class Signal : std::uint32_t {
  none = 0,
  commit = 1,    ///< the root's clock says that a commit is due
  stop = 2,      ///< a signal arrived or the wall time runs out: commit and leave
  satisfied = 4  ///< the root has what it wanted: commit and finish before the last sweep
};

constexpr Signal operator|(Signal a, Signal b) {
  return static_cast<Signal>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr bool has(Signal all, Signal one) {
  return (static_cast<std::uint32_t>(all) & static_cast<std::uint32_t>(one)) != 0;
}

/// One rank's wall clock, in seconds since the run began or resumed.
struct RankTime {
  double wall = 0;
  double waiting = 0;     ///< of these, spent blocked in the all-gather of the census
  double swap_terms = 0;  ///< of these, spent computing log ratios
};

/// What one rank has spent on exchanges so far; it outlives the seating of the replicas.
struct TimeSpent {
  double waiting = 0;
  double swap_terms = 0;
  double communication = 0;
  std::vector<double> waited;  ///< by rank: waiting as of the last census
};

/// What every rank knows of all the others after the one all-gather of a sweep.
struct Census {
  std::vector<double> energies;    ///< by replica: mean training loss of the draw
  std::vector<double> log_ratios;  ///< by replica: towards its partner's rung; NaN without one
  std::vector<double> reports;     ///< replica x Target::report_size()
  Signal signals = Signal::none;   ///< union over ranks
  std::vector<RankTime> times;     ///< by rank
  /// Seconds that the all-gathers themselves took: what even the last rank to arrive had to wait.
  double communication = 0;
};

}  // namespace echelon
