#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "activations.hpp"

// Vectors of 64 bytes in the compilers' own vector extension: one AVX-512 register, two of AVX2,
// four of Neon or SSE. Everything is inlined, so that no vector crosses a function call.

namespace echelon {

#define ECHELON_INLINE [[gnu::always_inline]] inline

template <class T>
struct PackOf {
  typedef T type __attribute__((vector_size(64)));
};
template <class Real>
using Pack = typename PackOf<Real>::type;
/// The integers a comparison of packs gives: -1 where true, 0 where false.
template <class Real>
using Mask = typename PackOf<
    std::conditional_t<std::is_same_v<Real, float>, std::int32_t, std::int64_t>>::type;

template <class Real>
inline constexpr int pack_width = 64 / static_cast<int>(sizeof(Real));
template <class Real>
inline constexpr int block_packs = block_samples / pack_width<Real>;

template <class Real>
ECHELON_INLINE Pack<Real> load(const Real* from) {
  Pack<Real> value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class Real>
ECHELON_INLINE void store(Real* to, const Pack<Real>& value) {
  std::memcpy(to, &value, sizeof value);
}

template <class Real>
ECHELON_INLINE Pack<Real> broadcast(Real value) {
  return value - Pack<Real>{};  // subtracting +0 keeps every value, -0 too, and costs nothing
}

/// f(0), f(1) ... f(count - 1) in line, each index a constant: compilers keep arrays of packs in
/// registers only when no loop is left.
template <int count, class F>
ECHELON_INLINE void unrolled(F f) {
  [&]<int... i>(std::integer_sequence<int, i...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, i>{}), ...);
  }
  (std::make_integer_sequence<int, count>());
}

}  // namespace echelon
