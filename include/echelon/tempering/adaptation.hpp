#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/tempering/ladder.hpp"

namespace echelon {

/// What warm-up may change of the ladder: nothing, its betas, or also its number of rungs.
enum class Adaptation { none, betas, rungs };

/// The last sweep of each warm-up round. Lengths double (the last takes what is left over), so the
/// last round is about half of `warmup` and nothing depends on the sweeps after it. `rounds` = 0
/// takes as many as leave the first at least 16 sweeps. Empty when warmup = 0. Error(usage) when
/// the first round would be empty.
std::vector<std::int64_t> round_ends(std::int64_t warmup, int rounds);

/// The ladder of the next round: equal rejection between neighbours at the measured barrier
/// (`rejections` by pair; Syed et al. 2022), and with Adaptation::rungs also suggested_rungs, left
/// as it is when it is within a rung. The same ladder when there is nothing to measure or to move.
Ladder adapted(const Ladder& ladder, std::span<const double> rejections, Adaptation adaptation,
               int rung_capacity);

/// For each rung of `to` the rung of `from` nearest in beta, ends to ends: where a ladder that
/// changes its number of rungs takes its states and tuning from.
std::vector<int> nearest_rungs(const Ladder& from, const Ladder& to);

/// A target's tuning (Target::pack_tuning: arrays with the rung as slowest axis) for a ladder whose
/// rung r takes over from rung source[r] of one with `rungs` rungs. Error(internal) naming the
/// array that has no such axis.
Archive inherited(const Archive& tuning, int rungs, std::span<const int> source);

}  // namespace echelon
