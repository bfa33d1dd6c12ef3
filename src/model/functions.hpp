#pragma once

#include "echelon/model/network.hpp"
#include "lanes.hpp"

// Elementary functions of a whole pack, in the precision of the pack (relative error below 4 units
// in the last place). NaN in, NaN out. The same source serves float and double: only the number of
// Taylor terms differs.

namespace echelon {

template <class Real>
struct Precision;
template <>
struct Precision<float> {
  static constexpr int exp_degree = 7;
  static constexpr int atanh_terms = 5;
  static constexpr float lowest_exponent = -40;  // squares of exp of it are still normal numbers
  static constexpr float round_to_integer = 0x1.8p23F;
  static constexpr float ln2_high = 0x1.62e4p-1F, ln2_low = 0x1.7f7d1cp-20F;
  static constexpr int mantissa_bits = 23, bias = 127;
};
template <>
struct Precision<double> {
  static constexpr int exp_degree = 13;
  static constexpr int atanh_terms = 11;
  static constexpr double lowest_exponent = -350;
  static constexpr double round_to_integer = 0x1.8p52;
  static constexpr double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
  static constexpr int mantissa_bits = 52, bias = 1023;
};

template <class To, class From>
ECHELON_INLINE To same_bits(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

/// exp(x) = power (1 + rest) with |log(1 + rest)| <= log(2)/2; x in [lowest_exponent, 0].
template <class Real>
struct SplitExponential {
  Pack<Real> power, rest;
};

template <class Real>
ECHELON_INLINE SplitExponential<Real> split_exponential(const Pack<Real>& x) {
  using P = Precision<Real>;
  constexpr Real log2_e = static_cast<Real>(1.4426950408889634);
  const Pack<Real> shifted = x * log2_e + P::round_to_integer;
  const Pack<Real> n = shifted - P::round_to_integer;
  const Pack<Real> r = (x - n * P::ln2_high) - n * P::ln2_low;
  Real factorial = 1;
  for (int k = 2; k <= P::exp_degree; ++k) factorial *= static_cast<Real>(k);
  Pack<Real> series = broadcast(1 / factorial);
  for (int k = P::exp_degree; k > 2; --k) {
    factorial /= static_cast<Real>(k);
    series = series * r + 1 / factorial;
  }
  const auto integer = __builtin_convertvector(n, Mask<Real>);
  const Mask<Real> bits = (integer + P::bias) << P::mantissa_bits;
  return {same_bits<Pack<Real>>(bits), series * r * r + r};
}

/// exp(x) for x <= 0; 0 below lowest_exponent.
template <class Real>
ECHELON_INLINE Pack<Real> exp_nonpositive(const Pack<Real>& x) {
  const Mask<Real> tiny = x < Precision<Real>::lowest_exponent;
  const auto [power, rest] = split_exponential<Real>(tiny ? Pack<Real>{} : x);
  return tiny ? Pack<Real>{} : power * rest + power;
}

/// log(1 + x) for x >= 0, without loss for small x.
template <class Real>
ECHELON_INLINE Pack<Real> log1p_nonnegative(const Pack<Real>& x) {
  using P = Precision<Real>;
  const Pack<Real> u = x + Real{1};
  const Pack<Real> lost = x - (u - Real{1});  // what the addition rounded away
  const auto bits = same_bits<Mask<Real>>(u);
  constexpr auto mantissa = (decltype(bits[0] + bits[0]){1} << P::mantissa_bits) - 1;
  // u = 2^k m with m in [1/sqrt 2, sqrt 2)
  auto k = (bits >> P::mantissa_bits) - P::bias;
  Pack<Real> m =
      same_bits<Pack<Real>>((bits & mantissa) | same_bits<Mask<Real>>(broadcast(Real{1})));
  const Mask<Real> upper = m > static_cast<Real>(1.4142135623730951);
  m = upper ? m * Real{0.5} : m;
  k -= upper;
  const Pack<Real> s = (m - Real{1}) / (m + Real{1});
  const Pack<Real> s2 = s * s;
  Pack<Real> series{};
  for (int j = P::atanh_terms; j >= 1; --j)
    series = series * s2 + Real{1} / static_cast<Real>(2 * j + 1);
  const Pack<Real> log_m = Real{2} * (s + s * s2 * series);
  const Pack<Real> n = __builtin_convertvector(k, Pack<Real>);
  const Pack<Real> log_u = n * P::ln2_high + (n * P::ln2_low + (log_m + lost / u));
  return u < std::numeric_limits<Real>::infinity() ? log_u : u;
}

template <class Real>
ECHELON_INLINE Pack<Real> tanh(const Pack<Real>& x) {
  const Pack<Real> folded = x < Real{0} ? x + x : -(x + x);  // -2|x|
  const Mask<Real> far = folded < Precision<Real>::lowest_exponent;
  const auto [power, rest] = split_exponential<Real>(far ? Pack<Real>{} : folded);
  const Pack<Real> expm1 = power * rest + (power - Real{1});
  const Pack<Real> size = far ? broadcast(Real{1}) : -expm1 / (expm1 + Real{2});
  return x < Real{0} ? -size : size;
}

/// phi. ReLU keeps NaN.
template <Activation activation, class Real>
ECHELON_INLINE Pack<Real> activate(const Pack<Real>& z) {
  if constexpr (activation == Activation::relu)
    return z < Real{0} ? Pack<Real>{} : z;
  else if constexpr (activation == Activation::tanh)
    return echelon::tanh<Real>(z);
  else
    return z;
}

/// Calls f.template operator()<activation>() with the activation as a constant.
template <class F>
void with_activation(Activation activation, F f) {
  switch (activation) {
    case Activation::relu:
      return f.template operator()<Activation::relu>();
    case Activation::tanh:
      return f.template operator()<Activation::tanh>();
    case Activation::identity:
      return f.template operator()<Activation::identity>();
  }
}

}  // namespace echelon
