#pragma once

#include <span>
#include <vector>

namespace echelon {

/// What the loss may do: Lipschitz constant in the network output, bound R on the l2 norm of an
/// input, and largest minus smallest value (infinite when unbounded).
struct LossScale {
  double lipschitz = 0;
  double input_radius = 0;
  double range = 0;
};

/// Spectral norms of one draw, by layer: ||w_k||_2, ||w_k - M_k||_2, ||M_k||_2.
struct SpectralNorms {
  std::span<const double> weights;
  std::span<const double> deviations;
  std::span<const double> references;
};

/// The chain of networks (w_1..w_k, M_{k+1}..M_d), k = 0..d, moves the loss of a sample by at most
///   b_k = min( range, L_ip R prod_{j<k} ||w_j|| ||w_k - M_k|| prod_{j>k} ||M_j|| )
/// from k-1 to k (Asadi and Abbe 2020, Theorem 6's links, for 1-Lipschitz activations with
/// phi(0) = 0). Returns b_1..b_d. Error(internal) when sizes disagree or a norm is not finite.
std::vector<double> increments(const LossScale& scale, const SpectralNorms& norms);

/// A link of the chain: layers `first` to `last` (from 0) bound together under one temperature.
struct Link {
  int first = 0;
  int last = 0;
  double temperature = 0;
  double mean_square = 0;  ///< E_P[b(W)^2]
};

/// Links of a posterior from the increments of its draws. A layer at temperature 0 merges into the
/// next, with increment min(range, sum b_k); the last temperature must be positive. With every
/// temperature but the last 0 this is the single-scale chain of one link.
std::vector<Link> links(std::span<const double> temperatures,
                        std::span<const std::vector<double>> increments_by_draw, double range);

}  // namespace echelon
