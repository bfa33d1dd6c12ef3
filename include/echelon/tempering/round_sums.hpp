#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/tempering/assignment.hpp"
#include "echelon/tempering/census.hpp"
#include "echelon/tempering/swap.hpp"

namespace echelon {

/// Sums over the sweeps of one round, pooled over the ladders in ladder order.
class RoundSums {
 public:
  RoundSums(int rungs, int report_size);

  void add_draws(const Assignment& assignment, const Census& census);
  void add_attempts(std::span<const Attempt> attempts);

  /// Mean training loss and mean report of each rung, leaving out reports that are not a number;
  /// NaN when nothing is left.
  std::vector<double> mean_energies() const;
  std::vector<double> mean_reports() const;
  /// Mean of 1 - min(1, ratio) per pair: acceptance probabilities, not outcomes, are averaged.
  /// NaN for a pair never attempted.
  std::vector<double> rejections() const;
  /// log Z_{i+1} / Z_i per pair by one-sided stepping stones,
  ///     up: log mean exp(log_ratio(x: i to i+1)),   down: -log mean exp(log_ratio(y: i+1 to i)).
  /// NaN for a pair never attempted.
  std::vector<double> log_normalisers_up() const;
  std::vector<double> log_normalisers_down() const;
  /// Attempts per pair whose ratio was not a number: no swap, and weight 0 in the means above.
  const std::vector<std::int64_t>& undecided() const { return undecided_; }

  Archive pack() const;
  static RoundSums unpack(const Archive& archive);
  bool operator==(const RoundSums&) const = default;

 private:
  std::vector<double> log_means(const std::vector<double>& log_sums) const;

  std::int64_t draws_ = 0;               // per rung
  std::vector<double> energies_;         // rung
  std::vector<double> reports_;          // rung x report
  std::vector<std::int64_t> reported_;   // rung x report: how many
  std::vector<std::int64_t> attempts_;   // pair
  std::vector<std::int64_t> undecided_;  // pair
  std::vector<double> acceptances_;      // pair
  std::vector<double> log_sums_up_;      // pair: log sum exp
  std::vector<double> log_sums_down_;
};

}  // namespace echelon
