#pragma once

#include <span>

#include "echelon/diagnostics/estimate.hpp"

namespace echelon {

/// log of the mean of exp(x_i) over one stationary series, by the delta method: its error is the
/// autocorrelation-aware relative error of the mean weight.
Estimate log_mean_weight(std::span<const double> log_weights);

/// log Z(last rung) / Z(first rung) of a ladder, from below and from above (Xie, Lewis, Fan, Kuo
/// and Chen, Syst. Biol. 60:150, 2011):
///   forward   =  sum_k log E_k[ pi_{k+1} / pi_k ],   backward = -sum_k log E_{k+1}[ pi_k /
///   pi_{k+1} ]
/// with unnormalised densities pi. Finite samples push the forward sum down and the backward sum up
/// on average, so a gap between them beyond their errors tells that the rungs overlap too little.
/// Errors of different pairs are taken to be independent.
struct SteppingStone {
  Estimate forward;
  Estimate backward;
};

/// From the series of log ratios of neighbouring densities: forward[k] holds
/// log pi_{k+1}/pi_k at draws of rung k, backward[k] holds log pi_k/pi_{k+1} at draws of rung k+1.
SteppingStone stepping_stone(std::span<const std::span<const double>> forward,
                             std::span<const std::span<const double>> backward);

/// For pi_k = Q exp(-beta_k inverse_temperature L), from the losses of each rung's draws.
SteppingStone stepping_stone(std::span<const double> betas,
                             std::span<const std::span<const double>> losses,
                             double inverse_temperature);

}  // namespace echelon
