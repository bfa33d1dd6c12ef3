#pragma once

#include <span>

#include "echelon/diagnostics/estimate.hpp"

namespace echelon {

/// With probability at least 1 - delta over n >= 8 samples, for a posterior P, a prior Q that has
/// not seen the data and a loss in [0, 1]:
///   error(P) <= kl_inverse( training error(P), (KL(P||Q) + ln(2 sqrt(n) / delta)) / n )
/// (Seeger 2002; Maurer, arXiv:cs/0411099).
double pac_bayes_kl_bound(double training_error, double divergence, double samples, double delta);

/// Lower and upper bounds on KL(Gibbs_b || Q) at inverse temperature b = b_K from the equilibrium
/// mean losses m_k on a ladder 0 = b_0 < ... < b_K (Maurer, Mirzaei and Pontil 2025):
///   KL = integral_0^b m - b m(b),  upper sum_k (b_k - b_{k-1}) m_{k-1} - b_K m_K,  lower with m_k,
/// since m falls with b. Assumes equilibrium; the errors are those of the means, taken independent.
struct DivergenceBracket {
  Estimate lower;
  Estimate upper;
};
DivergenceBracket gibbs_divergence(std::span<const double> inverse_temperatures,
                                   std::span<const Estimate> mean_losses);

/// The work of one annealing path w_0, .., w_K that starts at an exact draw of Q and in which step
/// k moves w_{k-1} to w_k by a kernel that leaves Q f_k exactly invariant (f_0 = 1, any scale):
///   G = log f_K(w_K) - sum_{k=1..K} log (f_k / f_{k-1})(w_{k-1}).
/// Then E_path[exp(-G) h(w_K)] = E_Q[h] for every h, however badly the path mixes.
double path_work(double log_end, std::span<const double> log_ratios);

/// The same for f_k = exp(-b_k L): sum_k (b_k - b_{k-1}) L(w_{k-1}) - b_K L(w_K), from
/// 0 = b_0 < ... < b_K and the losses L(w_0), .., L(w_K).
double path_work(std::span<const double> inverse_temperatures, std::span<const double> losses);

/// A bound on the mean population error of the end points of C independent paths, none left out.
struct PathCertificate {
  double mean_work = 0;
  double training_error = 0;  ///< mean over the end points
  double complexity = 0;      ///< (mean G + ln(2 sqrt(n) / delta)) / n
  double bound = 1;           ///< kl_inverse(training_error, complexity)
};

/// With probability at least 1 - delta over data and paths. No mixing is assumed and no
/// Monte-Carlo error remains.
PathCertificate path_certificate(std::span<const double> works,
                                 std::span<const double> training_errors, double samples,
                                 double delta);

}  // namespace echelon
