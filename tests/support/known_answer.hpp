#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

// Rows of the table of known answers [theory 6], which `ctest -L statistics -V` shows: item, test,
// what was compared, how far off it is, and how far it may be.

namespace echelon::oracle {

inline void print_row(const std::string& item, const std::string& what, const std::string& found,
                      const std::string& limit) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::printf("| %s | %s.%s | %s | %s | %s |\n", item.c_str(), test->test_suite_name(),
              test->name(), what.c_str(), found.c_str(), limit.c_str());
}

/// A distance from a known answer, and how large it may be.
inline void expect_at_most(const std::string& item, const std::string& what, double found,
                           double limit) {
  print_row(item, what, fmt::format("{:.2g}", found), fmt::format("<= {:.2g}", limit));
  EXPECT_LE(found, limit) << what;
}

/// What a faulty sampler must show.
inline void expect_at_least(const std::string& item, const std::string& what, double found,
                            double limit) {
  print_row(item, what, fmt::format("{:.2g}", found), fmt::format(">= {:.2g}", limit));
  EXPECT_GE(found, limit) << what;
}

/// The verdict of passes_sequentially (statistics.hpp).
inline void expect_invariant(const std::string& item, const std::string& what, bool passed) {
  print_row(item, what, passed ? "unchanged" : "CHANGED", "sequential test, level 1e-6");
  EXPECT_TRUE(passed) << what;
}

}  // namespace echelon::oracle
