#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace echelon {

/// One chain's draws of a whole ladder as block means, in bounded memory: when there are twice
/// `most_blocks` blocks, neighbours merge. The sweeps of a block that is not full yet are left out
/// of everything, so equal histories give equal bits however they were fed.
/// Per block: the mean loss of every rung; for every pair (i, i+1) the means of the weights
///     u = pi_{i+1}/pi_i at draws of rung i,    d = pi_i/pi_{i+1} at draws of rung i+1,
/// as logarithms; the means of further quantities, leaving out what is not a number.
class LadderBlocks {
 public:
  static constexpr std::size_t most_blocks = 2048;

  struct Block {
    std::vector<double> losses;     ///< rung
    std::vector<double> log_up;     ///< pair; -infinity without a weight
    std::vector<double> log_down;   ///< pair
    std::vector<double> extras;     ///< NaN where none was known
    std::vector<std::int64_t> ups;  ///< pair: weights averaged
    std::vector<std::int64_t> downs;
    std::vector<std::int64_t> known;  ///< extra: values averaged
  };

  /// Blocks begin with `first_block` sweeps: two exchanges, so that each holds every pair.
  LadderBlocks(int rungs, int extras, int first_block);

  /// One sweep. log_ratios as the trace has them: of rung r towards its partner's. `first_pair` is
  /// the lower rung of the first pair offered an exchange (0 or 1), -1 when none was.
  void add(std::span<const double> losses, std::span<const double> log_ratios, int first_pair,
           std::span<const double> extras);

  std::span<const Block> blocks() const { return blocks_; }
  std::int64_t sweeps() const { return length_ * static_cast<std::int64_t>(blocks_.size()); }
  int rungs() const { return rungs_; }

 private:
  Block empty() const;
  void add_weights(std::span<const double> log_ratios, int first_pair);
  void close();

  int rungs_;
  int extras_;
  std::int64_t length_;      // sweeps of a block
  std::int64_t filled_ = 0;  // of the open one
  Block open_;               // sums
  std::vector<Block> blocks_;
};

}  // namespace echelon
