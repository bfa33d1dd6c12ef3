#pragma once

#include <cmath>
#include <vector>

namespace echelon::oracle {

/// The multi-scale Gibbs law of an Ising chain, L = -sum J_k s_{k-1} s_k - sum h_k s_k (s_{-1} =
/// 0), uniform priors, by its exact recursion [theory 6.3]:
///     h~_{k-1} = h_{k-1} + (A_k / 2) log( cosh((h~_k + J_k)/A_k) / cosh((h~_k - J_k)/A_k) ),
///     P(s_k | s_{k-1}) ~ exp((h~_k + J_k s_{k-1}) s_k / A_k).
struct IsingChain {
  std::vector<double> coupling, field;  ///< J_k (J_0 unused), h_k
  std::vector<double> cumulative;       ///< A_k
  std::vector<double> effective;        ///< h~_k

  IsingChain(std::vector<double> j, std::vector<double> h, std::vector<double> a)
      : coupling(std::move(j)), field(std::move(h)), cumulative(std::move(a)), effective(field) {
    for (std::size_t k = field.size() - 1; k > 0; --k)
      effective[k - 1] =
          field[k - 1] + cumulative[k] / 2 *
                             std::log(std::cosh((effective[k] + coupling[k]) / cumulative[k]) /
                                      std::cosh((effective[k] - coupling[k]) / cumulative[k]));
  }

  /// P(s_k = +1 | s_{k-1}); `previous` is 0 for the first spin.
  double up(std::size_t k, int previous) const {
    const double pull = (effective[k] + (k == 0 ? 0 : coupling[k] * previous)) / cumulative[k];
    return 1 / (1 + std::exp(-2 * pull));
  }

  /// Probability of all spins (+1 or -1).
  double probability(const std::vector<int>& spins) const {
    double p = 1;
    for (std::size_t k = 0; k < spins.size(); ++k) {
      const double plus = up(k, k == 0 ? 0 : spins[k - 1]);
      p *= spins[k] > 0 ? plus : 1 - plus;
    }
    return p;
  }

  double loss(const std::vector<int>& spins) const {
    double sum = 0;
    for (std::size_t k = 0; k < spins.size(); ++k)
      sum -= field[k] * spins[k] + (k == 0 ? 0 : coupling[k] * spins[k] * spins[k - 1]);
    return sum;
  }
};

}  // namespace echelon::oracle
