#pragma once

#include <span>
#include <vector>

#include "echelon/diagnostics/links.hpp"

namespace echelon {

/// Bounds on the population loss of the multi-scale Gibbs posterior P, after Theorem 6 of Asadi and
/// Abbe (2020). Free energy V_0 = E_P[L] + sum_k a_k D_k, D_k = D(P_{1..k} || Q_{1..k}); n samples.

/// In expectation over the sample: E[loss] <= V_0 + sum_k E_P[b_k^2] / (2 n a_k).
double expectation_bound(double free_energy, std::span<const Link> links, double samples);

/// With probability at least 1 - delta over the sample, for m links:
///   V_0 + sum_k { a_k log((m+1)/delta) + E_P[b_k^2] / (2 n a_k) }
///       + range sqrt( log((m+1)/delta) / (2n) ).
/// The last term is Hoeffding's, for the reference network. Infinite when the range is.
double pac_bound(double free_energy, std::span<const Link> links, double samples, double delta,
                 double range);

/// The worst case over the radii (JMLR 21(139) p. 9): the generalisation gap is at most
///   (C / sqrt n) sum_k alpha_k exp(sum_{i<k} alpha_i) sqrt(I_k),
/// C = sqrt(2) L_ip R prod ||M_j||_2, I_k = I(S; W_1..W_k) or an upper bound on it.
double worst_case_gap(std::span<const double> radii, std::span<const double> informations,
                      double constant, double samples);

/// The temperatures a_k = sqrt(E_P[b_k^2]) / sqrt(2 n D_k) that minimise the expectation bound at
/// these divergences, by link; infinite where D_k <= 0.
std::vector<double> bound_optimal_temperatures(std::span<const Link> links,
                                               std::span<const double> divergences, double samples);

/// D_k = sum_{j<=k} E_P[V_{j-1} - V_j] / A_j from the mean drops of the nested free energies
/// (V_d = L) and the cumulative temperatures A_j.
std::vector<double> divergences(std::span<const double> mean_drops,
                                std::span<const double> cumulative_temperatures);

}  // namespace echelon
