#pragma once

#include <vector>

#include "echelon/core/matrix.hpp"
#include "echelon/model/change.hpp"
#include "echelon/model/network.hpp"

namespace echelon {

class Stream;

enum class PriorKind { gaussian, flat };

/// Q = Q_1 x ... x Q_d [J p.12]: under `gaussian` the weights of layer k are independent normals of
/// mean M_k and standard deviation scale[k]; `flat` has constant density and cannot be drawn from.
/// With radii, layer k is restricted to ||W_k - M_k||_2 <= radius[k] ||M_k||_2 (spectral norms, the
/// paper's alpha_k [J p.8]) and renormalised. Layers count from 0.
struct Prior {
  PriorKind kind = PriorKind::gaussian;
  std::vector<double> scale;   ///< per layer; unused when flat
  std::vector<double> radius;  ///< alpha_k per layer, or empty: unrestricted
  Weights<double> mean;        ///< M_k
  std::vector<double> limit;   ///< alpha_k ||M_k||_2 per layer, or empty
};

/// The checked prior around the network's reference. Error(usage) unless there is one finite
/// positive scale (and radius, if any) per layer and, with radii, no M_k is zero.
Prior make_prior(const Network& network, PriorKind kind, std::vector<double> scale,
                 std::vector<double> radius);

/// log Q_k(to) - log Q_k(from) for matrices inside the support that differ at most in `change`.
/// Without cancellation: sums (to - from)(to + from - 2 M), in double.
template <class Real>
double log_density_ratio(const Prior& prior, int layer, const Matrix<Real>& from,
                         const Matrix<Real>& to, Change change = {});

/// Whether w lies inside the layer's radius (always, without radii); false for NaN.
template <class Real>
bool inside(const Prior& prior, int layer, const Matrix<Real>& w);

/// Sets w to an exact draw from Q_k; with radii by rejection. Error(usage) for a flat prior, and
/// when 1,000 draws in a row miss the radius.
template <class Real>
void draw(const Prior& prior, int layer, Stream& stream, Matrix<Real>& w);

/// The largest singular value of w, from Lanczos steps on w w' (power iteration with memory) with a
/// fixed start, to a relative 1e-6 or better; exact for vectors. NaN when w is not finite.
double spectral_norm(const Matrix<double>& w);

}  // namespace echelon
