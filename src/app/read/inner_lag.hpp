#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "echelon/diagnostics/estimate.hpp"
#include "echelon/storage/run_view.hpp"

namespace echelon {

/// How far a mean still is from its limit of much inner work. With means m_1, m_2 at the budgets
/// B_1 < B_2 and a bias proportional to 1 / B,
///     bias(B_2) = (m_1 - m_2) B_1 / (B_2 - B_1),
/// its standard error likewise from those of independent runs.
Estimate lag_bias(int small_budget, Estimate small, int large_budget, Estimate large);

/// One quantity at every inner budget, and the bias left at the largest from the two largest.
struct InnerLag {
  std::string name;
  std::map<int, Estimate> mean;  ///< by kernel.inner-steps
  Estimate bias;
};

/// The runs of each inner budget, as chains of one another; Error(usage) when runs differ in
/// anything frozen but kernel.inner-steps and run.seed.
std::map<int, std::vector<RunView>> by_budget(std::vector<RunView> runs);

/// Error(usage) for fewer than two budgets.
std::vector<InnerLag> read_inner_lag(const std::map<int, std::vector<RunView>>& runs);

}  // namespace echelon
