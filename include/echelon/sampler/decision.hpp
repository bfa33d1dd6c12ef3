#pragma once

#include <cmath>
#include <limits>
#include <optional>

#include "echelon/sampler/moves.hpp"

namespace echelon {

/// The uniform number that a decision will compare its probability with, drawn now; none from a
/// source that walks through the outcomes and does not draw numbers.
inline std::optional<double> foretell(Stream& stream) { return stream.uniform(); }
template <class Random>
std::optional<double> foretell(Random&) {
  return std::nullopt;
}

/// A Metropolis decision, drawn before the proposal is weighed: a proposal can be refused as soon
/// as its log ratio is known to be too low, with the answer the complete ratio would have given.
template <class Random>
class Decision {
 public:
  explicit Decision(Random& random) : random_(&random), chance_(foretell(random)) {}

  /// min(1, exp(log_ratio)), and 0 for a ratio that is not a number.
  static double probability(double log_ratio) {
    return log_ratio >= 0 ? 1.0 : log_ratio < 0 ? std::exp(log_ratio) : 0.0;
  }
  bool accepts(double log_ratio) {
    return chance_ ? *chance_ < probability(log_ratio) : happens(*random_, probability(log_ratio));
  }
  /// A guess, before anything is known but that so many proposals are accepted.
  bool expected(double rate) const { return chance_ && *chance_ < rate; }
  /// Whether every log ratio up to this one is refused. The margin covers the rounding of exp and
  /// log, many times over.
  bool hopeless(double log_ratio) const {
    constexpr double margin = 1e-9;
    return chance_ && log_ratio < std::log(*chance_) - margin;
  }

 private:
  Random* random_;
  std::optional<double> chance_;
};

}  // namespace echelon
