#pragma once

#include <span>

#include "echelon/diagnostics/estimate.hpp"

namespace echelon {

/// integral of E_beta[L] dbeta over a ladder, from the mean loss m_k on every rung with its
/// Monte-Carlo error. From beta = 0 to 1 it is the free energy V_0, since dG/dbeta = E_beta[L].
/// E_beta[L] does not increase, so in equilibrium the left sum sum_k (beta_{k+1} - beta_k) m_k is
/// an upper bound however coarse the ladder, and the right sum a lower one; the trapezoid is their
/// mean and no bound. Errors of different rungs are taken to be independent.
struct LadderIntegral {
  Estimate left;
  Estimate trapezoid;
  Estimate right;
};

/// Error(internal) unless betas ascend and there is one mean for each.
LadderIntegral integrate_over_beta(std::span<const double> betas,
                                   std::span<const Estimate> mean_losses);

/// The most significant rise of the mean loss from one rung to the next, which equilibrium rules
/// out: (m_{k+1} - m_k) over its standard error, and k. Not positive when the loss falls
/// everywhere; rung -1 when there is no pair with a defined error.
struct Rise {
  int rung = -1;
  double sigmas = 0;
};
Rise largest_rise(std::span<const Estimate> mean_losses);

}  // namespace echelon
