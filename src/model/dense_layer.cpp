#include "dense_layer.hpp"

#include <algorithm>
#include <utility>

#include "functions.hpp"
#include "lanes.hpp"

namespace echelon {

namespace {

// Units x packs of accumulators that fit the registers beside the packs of x.
#ifdef __AVX512F__
constexpr int tile_units = 6, tile_packs = 4;
#else
constexpr int tile_units = 6, tile_packs = 1;
#endif

template <class Real>
struct Weighted {
  const Real* w;         // of the tile's first unit and input 0
  std::ptrdiff_t next;   // from one input's weights to the next one's
  std::ptrdiff_t ahead;  // how far ahead of an input to fetch into the cache
};

template <int units, class Real>
using Tile = Pack<Real>[units][tile_packs];

/// sum += W x over inputs begin .. end-1, in order; `lanes` points at input `begin`.
template <int units, class Real>
ECHELON_INLINE void accumulate(Tile<units, Real>& sum, Weighted<Real> weights, const Real* lanes,
                               int begin, int end) {
  for (int k = begin; k < end; ++k) {
    const Real* w = weights.w + k * weights.next;
    const Real* from = lanes + std::ptrdiff_t{k - begin} * block_samples;
    Pack<Real> x[tile_packs];
    for (int p = 0; p < tile_packs; ++p) {
      x[p] = load(from + p * pack_width<Real>);
      __builtin_prefetch(from + weights.ahead + p * pack_width<Real>);
    }
    unrolled<units>([&](auto u) __attribute__((always_inline)) {
      unrolled<tile_packs>([&](auto p)
                               __attribute__((always_inline)) { sum[u][p] += x[p] * w[u]; });
    });
  }
}

template <int units, Activation activation, class Real>
void tile(const BlockView<Real>& in, Weighted<Real> weights, int lane, Real* out) {
  Tile<units, Real> sum = {};
  if (in.row < 0) {
    accumulate<units>(sum, weights, in.base + lane, 0, in.units);
  } else {
    const Real* after = in.base + lane + std::ptrdiff_t{in.row + 1} * block_samples;
    accumulate<units>(sum, weights, in.base + lane, 0, in.row);
    accumulate<units>(sum, weights, in.override_row + lane, in.row, in.row + 1);
    accumulate<units>(sum, weights, after, in.row + 1, in.units);
  }
  unrolled<units>([&](auto u) __attribute__((always_inline)) {
    unrolled<tile_packs>([&](auto p) __attribute__((always_inline)) {
      store(out + u * block_samples + lane + p * pack_width<Real>,
            activate<activation, Real>(sum[u][p]));
    });
  });
}

template <Activation activation, class Real, int... unit>
void tile_of(int units, const BlockView<Real>& in, Weighted<Real> weights, int lane, Real* out,
             std::integer_sequence<int, unit...>) {
  ((units == unit + 1 ? tile<unit + 1, activation>(in, weights, lane, out) : void()), ...);
}

}  // namespace

template <class Real>
void dense_block(const BlockView<Real>& in, const Matrix<Real>& w, Range rows,
                 Activation activation, Real* out, int blocks_to_next) {
  const int tiles = (rows.size() + tile_units - 1) / tile_units;
  with_activation(activation, [&]<Activation phi>() {
    for (int t = 0; t < tiles; ++t) {
      const Range part = block(rows.size(), tiles, t);
      // The first tile is the first to see this block: it fetches the next one, which memory alone
      // would deliver too late for a layer of few rows.
      const std::ptrdiff_t ahead =
          t == 0 ? std::ptrdiff_t{blocks_to_next} * in.units * block_samples : 0;
      const Weighted<Real> weights{w.data() + rows.begin + part.begin, w.rows(), ahead};
      for (int lane = 0; lane < block_samples; lane += tile_packs * pack_width<Real>)
        tile_of<phi>(part.size(), in, weights, lane, out + part.begin * block_samples,
                     std::make_integer_sequence<int, tile_units>());
    }
  });
}

template void dense_block(const BlockView<float>&, const Matrix<float>&, Range, Activation, float*,
                          int);
template void dense_block(const BlockView<double>&, const Matrix<double>&, Range, Activation,
                          double*, int);

}  // namespace echelon
