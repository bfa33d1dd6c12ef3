#pragma once

#include <span>
#include <vector>

namespace echelon {

/// The communication barrier of a ladder from the mean rejection probabilities r_i of its
/// neighbouring pairs (Syed, Bouchard-Cote, Deligiannidis and Doucet, JRSS B 84:321, 2022):
///   Lambda(beta_i) = sum_{j<i} r_j,    local barrier lambda = dLambda / dbeta.
/// Error(internal) for a rejection outside [0, 1], NaN included, or betas that do not ascend.

/// Lambda at every rung; the first is 0, the last the whole barrier.
std::vector<double> cumulative_barrier(std::span<const double> rejections);

/// The mean of lambda between neighbouring rungs, r_i / (beta_{i+1} - beta_i).
std::vector<double> local_barrier(std::span<const double> betas,
                                  std::span<const double> rejections);

/// `rungs` betas with the same ends at which the interpolated barrier takes equally spaced values,
/// so that all pairs reject equally often. log(beta) is a monotone cubic of Lambda (Fritsch and
/// Butland), exact when a geometric ladder rejects evenly; from beta = 0 to the second rung Lambda
/// is linear in beta. Betas are >= 0, at least two; `rungs` >= 2.
std::vector<double> equal_rejection(std::span<const double> betas,
                                    std::span<const double> rejections, int rungs);

/// The rung count 2 Lambda + 1, rounded up, at least 2: beyond it the round-trip rate per replica
/// falls.
int suggested_rungs(double barrier);

/// Round trips per sweep over the whole ladder, 1 / (2 + 2 sum r/(1-r)), that even-odd swaps reach
/// when energies decorrelate between swaps; 0 when a pair always rejects.
double round_trip_rate(std::span<const double> rejections);

/// Its limit for ever finer ladders, 1 / (2 + 2 Lambda).
double round_trip_limit(double barrier);

/// The equilibrium barrier from beta_low to 1 of a posterior that binds `weights` parameters like
/// Gaussians, all alike, sqrt(weights / (2 pi)) per e-fold of beta, once the prior lets go: with
///     E_beta[L] = E_0[L] / (1 + beta / knee),   knee = sum_k A_k weights_k / (2 E_0[L])
/// (A_k at beta = 1) it is sqrt(weights / (2 pi)) log((knee + 1) / (knee + beta_low)). A flat prior
/// has knee 0. Exact for many weights.
double expected_barrier(double weights, double knee, double beta_low);

/// What no posterior exceeds whose mean loss is `mean_loss` at beta_low and not negative at 1, at
/// last temperature A_d = `temperature`: sqrt(mean_loss (1 - beta_low) / (2 A_d)), since the local
/// barrier is at most sd / sqrt 2 of d log pi / dbeta and the variance of that at most
/// -E'_beta[L] / A_d.
double largest_barrier(double mean_loss, double temperature, double beta_low);

}  // namespace echelon
