#pragma once

#include <concepts>
#include <span>
#include <string_view>

#include "echelon/core/snapshot.hpp"

namespace echelon {

/// The tables a run writes, one row at a time. A row is one Archive per chain (ladder copy) where
/// the table has a chain axis, else a single Archive. Values are double unless "int" (int64). Rung
/// and pair axes are padded to Options::rung_capacity (doubles with NaN, integers with -1).
/// C chains, R rungs, R - 1 pairs (pair i joins rungs i and i + 1).
namespace tables {
/// (chain, sweep), row 0 the start, then one row a sweep, warm-up included: train_loss (rung) of
/// the draw at each rung; log_ratio (rung) towards the swap partner, NaN where there was none; and
/// the columns of Target::report_names (rung, ...).
inline constexpr std::string_view trace = "/trace";
/// Same rows as the trace, shown under /ladder: int replica_at (rung), the replica that drew there.
inline constexpr std::string_view index_process = "/ladder/sweep";
/// No chain axis, one row a round (the warm-up's, then production up to each power of two and its
/// end): beta (rung), swap_acceptance (pair), barrier (rung; cumulative, the last is Lambda),
/// local_barrier (pair; its mean slope in beta), round_trips (chain), replica_round_trips (chain x
/// rung, by replica id), mean_train_loss (rung), log_normaliser_up and _down (pair; stepping stone
/// each way), int undecided_swaps (pair; their ratio was not a number), int sweep (the round's
/// last), int warmup (1 or 0), the means of Target::report_names and the columns of pack_tuning
/// (rung, ...).
inline constexpr std::string_view rounds = "/ladder/round";
/// (chain, draw): the beta = 1 rung's statistics, int replica, int sweep. Weights: W1, W2, ... and
/// int sweep.
inline constexpr std::string_view sample_stats = "/sample_stats";
inline constexpr std::string_view posterior = "/posterior";
inline constexpr std::string_view warmup_sample_stats = "/warmup_sample_stats";
inline constexpr std::string_view warmup_posterior = "/warmup_posterior";
/// No chain axis, one row per rank and commit, outside the bitwise promise: int sweep, int rank,
/// wall (s since the run or its resumption began), waiting (s of these spent blocked at swaps),
/// swap_terms (s of these spent computing log ratios), communication (s that the exchanges
/// themselves took, the same for all ranks), committing (s spent on the commits before this one).
inline constexpr std::string_view timing = "/timing";
}  // namespace tables

/// Where a run's output goes. Only the root rank calls it, and every argument is complete.
///   record(table, row)   appends one row to a table; it becomes durable with the next commit;
///   commit(snapshot)     makes all rows so far and the snapshot durable in one step, and returns
///                        whether it did. After false the same rows are asked for again later.
template <class S>
concept Sink = requires(S& sink, std::string_view table, std::span<const Archive> row,
                        const Snapshot& snapshot) {
  sink.record(table, row);
  { sink.commit(snapshot) } -> std::convertible_to<bool>;
};

}  // namespace echelon
