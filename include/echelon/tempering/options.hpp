#pragma once

#include <csignal>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "echelon/tempering/adaptation.hpp"

namespace echelon {

/// Which draws of the beta = 1 rung are kept during warm-up.
enum class WarmupDraws { none, scalars, all };

enum class Phase { warmup, production };

/// One sweep as the root sees it, for a line on a terminal.
struct Progress {
  Phase phase = Phase::warmup;
  std::int64_t sweep = 0;               ///< sweeps done, warm-up included
  std::int64_t last_sweep = 0;          ///< warm-up and production together
  std::vector<double> losses;           ///< rung: mean training loss over the ladders, this sweep
  std::vector<double> swap_acceptance;  ///< pair: mean so far in this round; NaN before the first
  std::int64_t round_trips = 0;         ///< all replicas, since the start
  double barrier = 0;                   ///< Lambda of this round so far; NaN before it is known
  double seconds_per_sweep = 0;         ///< mean since the run began or resumed
  double waiting_share = 0;             ///< of the wall time so far, mean over ranks, at swaps
};

/// What a run is asked to do. Only sweeps, the intervals and what follows them may differ between a
/// run and its resumption.
struct Options {
  std::uint64_t seed = 1;
  int ladders = 1;          ///< independent copies: the chains of R-hat
  std::int64_t warmup = 0;  ///< sweeps before production, in rounds of doubling length
  int rounds = 0;           ///< of warm-up; 0: see round_ends
  Adaptation adaptation = Adaptation::none;
  int rung_capacity = 0;          ///< rungs at most, and the padded rung axis; 0: as many as now
  int swap_every = 1;             ///< sweeps between exchanges
  std::int64_t thin = 1;          ///< sweeps between draws of scalars
  std::int64_t thin_weights = 1;  ///< sweeps between draws of weights; 0: none
  WarmupDraws warmup_draws = WarmupDraws::none;

  std::int64_t sweeps = 0;         ///< production sweeps in total; may grow when a run resumes
  double commit_seconds = 300;     ///< between commits
  std::int64_t commit_sweeps = 0;  ///< between further commits; 0: none
  double max_seconds =
      std::numeric_limits<double>::infinity();       ///< wall time, last commit included
  const volatile std::sig_atomic_t* stop = nullptr;  ///< not 0: commit and stop; polled every sweep
  std::function<void(const Progress&)> progress;     ///< root, after every sweep
  /// Root, after every production sweep (counted from 1): true to finish early, after the sweep
  /// that is then under way. A resumed run asks again.
  std::function<bool(std::int64_t)> satisfied;
  std::function<double()> clock;  ///< seconds since any origin; default: the steady clock
};

/// Error(usage) naming the first option that makes no sense.
void check(const Options& options);

/// How a run ended; everything is committed in all three cases.
enum class Outcome {
  finished,   ///< all sweeps done
  satisfied,  ///< Options::satisfied said so
  stopped,    ///< by the stop flag or the wall time: resume to go on
};

}  // namespace echelon
