#include "echelon/tempering/rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "echelon/diagnostics/barrier.hpp"

namespace echelon {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> padded(std::vector<double> values, int size) {
  values.resize(static_cast<std::size_t>(size), nan);
  return values;
}

std::vector<std::int64_t> padded(std::vector<std::int64_t> values, int size) {
  values.resize(static_cast<std::size_t>(size), -1);
  return values;
}

// Pairs before the first that was never attempted.
std::size_t known_pairs(const std::vector<double>& rejections) {
  const auto unknown = std::find_if(rejections.begin(), rejections.end(),
                                    [](double rejection) { return std::isnan(rejection); });
  return static_cast<std::size_t>(unknown - rejections.begin());
}

// A pair never attempted leaves the barrier unknown from there on.
std::vector<double> barrier_of(const std::vector<double>& rejections) {
  std::vector<double> barrier =
      cumulative_barrier(std::span(rejections).first(known_pairs(rejections)));
  barrier.resize(rejections.size() + 1, nan);
  return barrier;
}

// Unknown from a pair never attempted on, and everywhere when betas are only an order.
std::vector<double> local_barrier_of(const Ladder& ladder, const std::vector<double>& rejections) {
  const std::size_t known = ladder.adaptable() ? known_pairs(rejections) : 0;
  std::vector<double> local =
      local_barrier(std::span(ladder.betas()).first(known + 1), std::span(rejections).first(known));
  local.resize(rejections.size(), nan);
  return local;
}

// Round trips by replica with each chain's axis padded, and their totals.
void put_round_trips(Archive& row, const Ledger& ledger, int capacity) {
  const auto& counts = ledger.trips.counts();
  std::vector<std::int64_t> by_replica;
  std::vector<std::int64_t> totals;
  for (int chain = 0; chain < ledger.assignment.ladders(); ++chain) {
    const auto begin = counts.begin() + chain * ledger.ladder.rungs();
    const std::vector<std::int64_t> mine(begin, begin + ledger.ladder.rungs());
    totals.push_back(std::accumulate(mine.begin(), mine.end(), std::int64_t{0}));
    const auto axis = padded(mine, capacity);
    by_replica.insert(by_replica.end(), axis.begin(), axis.end());
  }
  row.put("round_trips", totals);
  row.put("replica_round_trips", by_replica);
}

// `values` are rung x name; runs of equal names become one column (rung, run length).
void put_reports(Archive& row, const std::vector<double>& values,
                 const std::vector<std::string>& names, int capacity) {
  for (std::size_t first = 0; first < names.size();) {
    std::size_t last = first + 1;
    while (last < names.size() && names[last] == names[first]) ++last;
    std::vector<double> column;
    for (std::size_t begin = 0; begin < values.size(); begin += names.size())
      for (std::size_t i = first; i < last; ++i) column.push_back(values[begin + i]);
    row.put(names[first], padded(column, capacity * static_cast<int>(last - first)));
    first = last;
  }
}

void put_tuning(Archive& row, const Archive& tuning, int rungs, int capacity) {
  for (const auto& [name, array] : tuning.arrays()) {
    const auto* values = std::get_if<std::vector<double>>(&array);
    if (values == nullptr || values->empty() || std::ssize(*values) % rungs != 0) continue;
    row.put(name, padded(*values, static_cast<int>(std::ssize(*values)) / rungs * capacity));
  }
}

}  // namespace

std::vector<Archive> trace_row(const Ledger& ledger, const Census& census,
                               const std::vector<std::string>& report_names, int capacity) {
  std::vector<Archive> row;
  for (int chain = 0; chain < ledger.assignment.ladders(); ++chain) {
    std::vector<double> losses;
    std::vector<double> log_ratios;
    std::vector<double> reports;
    for (int rung = 0; rung < ledger.ladder.rungs(); ++rung) {
      const auto replica = static_cast<std::size_t>(ledger.assignment.replica_at(chain, rung));
      losses.push_back(census.energies[replica]);
      log_ratios.push_back(census.log_ratios[replica]);
      for (std::size_t i = 0; i < report_names.size(); ++i)
        reports.push_back(census.reports[replica * report_names.size() + i]);
    }
    Archive& share = row.emplace_back();
    put_reports(share, reports, report_names, capacity);
    share.put("train_loss", padded(losses, capacity));
    share.put("log_ratio", padded(log_ratios, capacity));
  }
  return row;
}

std::vector<Archive> index_row(const Ledger& ledger, int capacity) {
  std::vector<Archive> row(static_cast<std::size_t>(ledger.assignment.ladders()));
  for (int chain = 0; chain < ledger.assignment.ladders(); ++chain) {
    std::vector<std::int64_t> replicas;
    for (int rung = 0; rung < ledger.ladder.rungs(); ++rung)
      replicas.push_back(ledger.assignment.replica_at(chain, rung));
    row[static_cast<std::size_t>(chain)].put("replica_at", padded(replicas, capacity));
  }
  return row;
}

std::vector<Archive> round_row(const Ledger& ledger, Phase phase,
                               const std::vector<std::string>& report_names, const Archive& tuning,
                               int capacity) {
  Archive row;
  const int pairs = std::max(1, capacity - 1);
  const std::vector<double> rejections = ledger.sums.rejections();
  std::vector<double> acceptances;
  for (const double rejection : rejections) acceptances.push_back(1 - rejection);
  put_tuning(row, tuning, ledger.ladder.rungs(), capacity);
  put_reports(row, ledger.sums.mean_reports(), report_names, capacity);
  put_round_trips(row, ledger, capacity);
  row.put("beta", padded(ledger.ladder.betas(), capacity));
  row.put("swap_acceptance", padded(acceptances, pairs));
  row.put("barrier", padded(barrier_of(rejections), capacity));
  row.put("local_barrier", padded(local_barrier_of(ledger.ladder, rejections), pairs));
  row.put("mean_train_loss", padded(ledger.sums.mean_energies(), capacity));
  row.put("log_normaliser_up", padded(ledger.sums.log_normalisers_up(), pairs));
  row.put("log_normaliser_down", padded(ledger.sums.log_normalisers_down(), pairs));
  row.put("undecided_swaps", padded(ledger.sums.undecided(), pairs));
  row.put("sweep", ledger.sweep);
  row.put("warmup", std::int64_t{phase == Phase::warmup ? 1 : 0});
  return {row};
}

std::vector<Archive> timing_rows(std::int64_t sweep, const Census& census, double committing) {
  std::vector<Archive> rows(census.times.size());
  for (std::size_t rank = 0; rank < rows.size(); ++rank) {
    rows[rank].put("sweep", sweep);
    rows[rank].put("rank", static_cast<std::int64_t>(rank));
    rows[rank].put("wall", census.times[rank].wall);
    rows[rank].put("waiting", census.times[rank].waiting);
    rows[rank].put("swap_terms", census.times[rank].swap_terms);
    rows[rank].put("communication", census.communication);
    rows[rank].put("committing", committing);
  }
  return rows;
}

std::vector<double> mean_by_rung(const Assignment& assignment, const std::vector<double>& values) {
  const std::size_t width = values.size() / static_cast<std::size_t>(assignment.replicas());
  const auto rungs = static_cast<std::size_t>(assignment.rungs());
  std::vector<double> means(rungs * width, 0);
  for (std::size_t i = 0; i < means.size(); ++i) {
    int known = 0;
    for (int ladder = 0; ladder < assignment.ladders(); ++ladder) {
      const int replica = assignment.replica_at(ladder, static_cast<int>(i / width));
      const double value = values[static_cast<std::size_t>(replica) * width + i % width];
      if (std::isnan(value)) continue;
      means[i] += value;
      ++known;
    }
    means[i] = known > 0 ? means[i] / known : nan;
  }
  return means;
}

Progress progress_of(const Ledger& ledger, const Census& census) {
  Progress line;
  line.sweep = ledger.sweep;
  line.losses = mean_by_rung(ledger.assignment, census.energies);
  const std::vector<double> rejections = ledger.sums.rejections();
  for (const double rejection : rejections) line.swap_acceptance.push_back(1 - rejection);
  line.barrier = barrier_of(rejections).back();
  const auto& trips = ledger.trips.counts();
  line.round_trips = std::accumulate(trips.begin(), trips.end(), std::int64_t{0});
  double wall = 0;
  double waiting = 0;
  for (const RankTime& rank : census.times) {
    wall += rank.wall;
    waiting += rank.waiting;
  }
  line.waiting_share = wall > 0 ? waiting / wall : 0;
  return line;
}

}  // namespace echelon
