#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "echelon/core/error.hpp"

namespace echelon {

/// How long to go on: for `on_push` mutants, or for ECHELON_FUZZ_SECONDS where that is set.
class FuzzBudget {
 public:
  explicit FuzzBudget(int on_push) : rounds_(on_push) {
    if (const char* seconds = std::getenv("ECHELON_FUZZ_SECONDS"))
      until_ = Clock::now() + std::chrono::milliseconds(std::llround(1000 * std::atof(seconds)));
  }
  bool more() {
    if (until_ == Clock::time_point{} ? done_ >= rounds_ : Clock::now() >= until_) return false;
    ++done_;
    return true;
  }
  int done() const { return done_; }

 private:
  using Clock = std::chrono::steady_clock;
  int rounds_;
  int done_ = 0;
  Clock::time_point until_{};
};

/// One to eight changes: a byte anywhere, a few bytes copied elsewhere, or the end cut off.
inline std::string mutated(const std::string& good, std::mt19937& random) {
  std::string text = good;
  const auto below = [&random](std::size_t n) { return random() % n; };
  for (std::size_t change = 0, changes = 1 + below(8); change < changes; ++change) {
    const std::size_t at = below(text.size());
    switch (below(8)) {
      case 0:
        text.resize(at + 1);
        break;
      case 1:
        text.replace(at, 8, text.substr(below(text.size()), 8));
        break;
      case 2:
        text[at] = static_cast<char>(0xff);
        break;
      default:
        text[at] = static_cast<char>(random());
    }
  }
  return text;
}

/// Loads mutants of `good`; anything but acceptance or an Error of this code fails the test.
template <class Load>
void fuzz(const char* what, const std::string& good, int on_push, ExitCode code, Load&& load) {
  std::mt19937 random(1);
  FuzzBudget budget(on_push);
  int accepted = 0;
  while (budget.more()) try {
      load(mutated(good, random));
      ++accepted;
    } catch (const Error& error) {
      EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(code)) << error.what();
    }
  std::cout << budget.done() << " mutants of " << what << ", " << accepted << " accepted\n";
}

}  // namespace echelon
