#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace echelon::oracle {

/// A source of randomness that walks through every outcome of a kernel in turn, with its
/// probability: the kernel is run again and again, each time taking the next combination of its
/// decisions. Exact transition probabilities come out, not estimates.
class Outcomes {
 public:
  /// Runs `kernel` once per outcome and calls `outcome(probability)` after each.
  static void for_each(const std::function<void(Outcomes&)>& kernel,
                       const std::function<void(double)>& outcome) {
    Outcomes choices;
    do {
      choices.next_ = 0;
      choices.probability_ = 1;
      kernel(choices);
      outcome(choices.probability_);
    } while (choices.advance());
  }

  std::uint64_t below(std::uint64_t n) {
    const auto taken = choose(n);
    probability_ /= static_cast<double>(n);
    return taken;
  }

  friend bool happens(Outcomes& choices, double probability) {
    if (probability >= 1) return true;
    if (probability <= 0) return false;
    const bool yes = choices.choose(2) == 0;
    choices.probability_ *= yes ? probability : 1 - probability;
    return yes;
  }

 private:
  struct Choice {
    std::uint64_t taken, options;
  };

  std::uint64_t choose(std::uint64_t options) {
    if (next_ == taken_.size()) taken_.push_back({0, options});
    return taken_[next_++].taken;
  }

  /// Moves on to the next combination: the last choice that has another option takes it.
  bool advance() {
    taken_.resize(next_);
    while (!taken_.empty() && taken_.back().taken + 1 == taken_.back().options) taken_.pop_back();
    if (taken_.empty()) return false;
    ++taken_.back().taken;
    return true;
  }

  std::vector<Choice> taken_;
  std::size_t next_ = 0;
  double probability_ = 1;
};

}  // namespace echelon::oracle
