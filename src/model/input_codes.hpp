#pragma once

#include <cstdint>
#include <cstring>

#include "input_data.hpp"
#include "lanes.hpp"

namespace echelon {

template <class Real>
constexpr int group_packs = group_samples / pack_width<Real>;

/// A value for each sample of a group.
template <class Real>
struct Group {
  Pack<Real> packs[group_packs<Real>];
};

typedef std::uint32_t Words __attribute__((vector_size(64)));
typedef std::int32_t Codes __attribute__((vector_size(64)));
typedef std::int32_t HalfCodes __attribute__((vector_size(32)));

ECHELON_INLINE void to_reals(const Codes& codes, Group<float>& values) {
  values.packs[0] = __builtin_convertvector(codes, Pack<float>);
}
ECHELON_INLINE void to_reals(const Codes& codes, Group<double>& values) {
  HalfCodes halves[2];
  std::memcpy(halves, &codes, sizeof codes);
  for (int half = 0; half < 2; ++half)
    values.packs[half] = __builtin_convertvector(halves[half], Pack<double>);
}

/// The values of feature `i` of a quad for its 16 samples.
template <Coding coding, class Real>
ECHELON_INLINE Group<Real> decode(const std::byte* quad, int i) {
  Group<Real> values;
  if constexpr (coding == Coding::bytes) {
    Words words;
    std::memcpy(&words, quad, sizeof words);
    const Words bytes = (words >> static_cast<std::uint32_t>(8 * i)) & 255U;
    Codes codes;
    std::memcpy(&codes, &bytes, sizeof codes);
    to_reals(codes, values);
  } else {
    Real reals[group_samples];
    for (int lane = 0; lane < group_samples; ++lane) {
      float value;
      std::memcpy(&value, quad + (i * group_samples + lane) * 4, sizeof value);
      reals[lane] = static_cast<Real>(value);
    }
    std::memcpy(&values, reals, sizeof values);
  }
  return values;
}

}  // namespace echelon
