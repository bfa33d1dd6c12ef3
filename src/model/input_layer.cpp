#include "input_layer.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "functions.hpp"
#include "input_codes.hpp"
#include "lanes.hpp"

namespace echelon {

namespace {

// Rows per tile: as many accumulators for two groups as there are registers, but for a few.
#ifdef __AVX512F__
constexpr int accumulators = 26;
#else
constexpr int accumulators = 6;
#endif
template <class Real>
constexpr int tile_rows = std::max(1, accumulators / (2 * group_packs<Real>));

/// What one group brings to a tile.
template <class Real>
struct Listed {
  const Real* values;           // [feature of list][lane]
  const std::int32_t* offsets;  // of the feature's weights in the tile
  int count;
};

template <int rows, class Real>
struct Sums {
  Group<Real> of[rows];
};

template <class Real>
ECHELON_INLINE Group<Real> load_group(const Real* values) {
  Group<Real> x;
  unrolled<group_packs<Real>>([&](auto p) __attribute__((always_inline)) {
    x.packs[p] = load(values + p * pack_width<Real>);
  });
  return x;
}

template <class Real>
ECHELON_INLINE void add(Group<Real>& sum, const Group<Real>& x, Real weight) {
  unrolled<group_packs<Real>>([&](auto p) __attribute__((always_inline)) {
    sum.packs[p] += x.packs[p] * weight;
  });
}

/// The rest of a list, from feature `begin`.
template <int rows, class Real>
ECHELON_INLINE void add_rest(Sums<rows, Real>& sums, const Listed<Real>& listed, int begin,
                             const Real* weights) {
  for (int i = begin; i < listed.count; ++i) {
    const Group<Real> x = load_group(listed.values + i * group_samples);
    const Real* w = weights + listed.offsets[i];
    unrolled<rows>([&](auto row) __attribute__((always_inline)) { add(sums.of[row], x, w[row]); });
  }
}

template <Activation phi, int rows, class Real>
ECHELON_INLINE void finish(const Sums<rows, Real>& sums, Real* out) {
  unrolled<rows>([&](auto row) __attribute__((always_inline)) {
    unrolled<group_packs<Real>>([&](auto p) __attribute__((always_inline)) {
      store(out + row * block_samples + p * pack_width<Real>,
            activate<phi, Real>(sums.of[row].packs[p]));
    });
  });
}

/// Two groups that share the first `shared` features of their lists.
template <int rows, class Real>
void tile(const Listed<Real>& a, const Listed<Real>& b, int shared, const Real* weights,
          Activation activation, Real* out) {
  Sums<rows, Real> in_a = {}, in_b = {};
  for (int i = 0; i < shared; ++i) {
    const Group<Real> x = load_group(a.values + i * group_samples);
    const Group<Real> y = load_group(b.values + i * group_samples);
    const Real* w = weights + a.offsets[i];
    unrolled<rows>([&](auto row) __attribute__((always_inline)) {
      add(in_a.of[row], x, w[row]);
      add(in_b.of[row], y, w[row]);
    });
  }
  add_rest(in_a, a, shared, weights);
  add_rest(in_b, b, shared, weights);
  with_activation(
      activation, [&]<Activation phi>() __attribute__((always_inline)) {
        finish<phi>(in_a, out);
        finish<phi>(in_b, out + group_samples);
      });
}

template <class Real, int... row>
void tile_of(int rows, const Listed<Real>& a, const Listed<Real>& b, int shared,
             const Real* weights, Activation activation, Real* out,
             std::integer_sequence<int, row...>) {
  ((rows == row + 1 ? tile<row + 1>(a, b, shared, weights, activation, out) : void()), ...);
}

}  // namespace

template <class Real>
InputLayer<Real>::InputLayer(const InputData& data, const Matrix<Real>& w, Range rows,
                             BufferPool<Real>& pool)
    : data_(&data), rows_(rows.size()) {
  const int features = data.features();
  const int width = rows_ == 1 ? 1 : tile_rows<Real>;
  const int tiles = (rows_ + width - 1) / width;
  const auto scale = static_cast<Real>(data.scale());
  const auto feature_count = static_cast<std::size_t>(features);
  weights_ = pool.take(feature_count * static_cast<std::size_t>(tiles * width));
  for (int t = 0; t < tiles; ++t) {
    const Range part = block(rows_, tiles, t);
    for (int f = 0; f < features; ++f) {
      Real* to = weights_.get() + (std::ptrdiff_t{t} * features + f) * width;
      for (int r = part.begin; r < part.end; ++r) *to++ = w(rows.begin + r, f) * scale;
    }
  }
  if (rows_ == 1) return;
  values_ = pool.take(2 * group_samples * (feature_count + 3));
  offsets_.resize(2 * (feature_count + 3));
}

template <class Real>
void InputLayer<Real>::apply(int b, Activation activation, Real* out) const {
  const InputBlock& block = data_->block(b);
  if (rows_ > 1)
    apply_tiles(block, b + 1 < data_->blocks() ? &data_->block(b + 1) : nullptr, activation, out);
  else if (data_->coding() == Coding::bytes)
    apply_row<Coding::bytes>(block, activation, out);
  else
    apply_row<Coding::reals>(block, activation, out);
}

template <class Real>
template <Coding coding>
void InputLayer<Real>::unpack(const InputBlock& block, int group, Real* values,
                              std::int32_t* offsets) const {
  const std::int64_t first = InputData::first_quad(block, group);
  const int count = block.listed[static_cast<std::size_t>(group)];
  const std::int32_t* features = data_->quad_features(first);
  for (int i = 0; i < count; ++i) offsets[i] = features[i] * tile_rows<Real>;
  for (int quad = 0; 4 * quad < count; ++quad)
    unrolled<4>([&](auto i) __attribute__((always_inline)) {
      const auto x = decode<coding, Real>(data_->quad_codes(first + quad), i);
      std::memcpy(values + (4 * quad + i) * group_samples, &x, sizeof x);
    });
}

/// Asks memory for two groups' lists and values, ahead of their unpacking.
template <class Real>
void InputLayer<Real>::fetch(const InputBlock& block, int group) const {
  constexpr std::ptrdiff_t line = 64;
  const std::int64_t first = InputData::first_quad(block, group);
  const std::ptrdiff_t quads = std::ptrdiff_t{2} * block.quads;
  const std::byte* codes = data_->quad_codes(first);
  for (std::ptrdiff_t at = 0; at < quads * data_->quad_bytes(); at += line)
    __builtin_prefetch(codes + at);
  const std::int32_t* features = data_->quad_features(first);
  for (std::ptrdiff_t at = 0; at < 4 * quads; at += line / std::ptrdiff_t{sizeof *features})
    __builtin_prefetch(features + at);
}

template <class Real>
void InputLayer<Real>::apply_tiles(const InputBlock& block, const InputBlock* next,
                                   Activation activation, Real* out) const {
  constexpr int width = tile_rows<Real>;
  const int tiles = (rows_ + width - 1) / width;
  const std::ptrdiff_t room = data_->features() + 3;
  for (int pair = 0; pair < block_groups / 2; ++pair) {
    Listed<Real> of[2];
    for (int side = 0; side < 2; ++side) {
      const int group = 2 * pair + side;
      Real* values = values_.get() + side * room * group_samples;
      std::int32_t* offsets = offsets_.data() + side * room;
      if (data_->coding() == Coding::bytes)
        unpack<Coding::bytes>(block, group, values, offsets);
      else
        unpack<Coding::reals>(block, group, values, offsets);
      of[side] = {values, offsets, block.listed[static_cast<std::size_t>(group)]};
    }
    if (pair + 1 < block_groups / 2)
      fetch(block, 2 * (pair + 1));
    else if (next != nullptr)
      fetch(*next, 0);
    const int shared = block.shared[static_cast<std::size_t>(pair)];
    for (int t = 0; t < tiles; ++t) {
      const Range part = echelon::block(rows_, tiles, t);
      const Real* weights = weights_.get() + std::ptrdiff_t{t} * data_->features() * width;
      Real* to = out + part.begin * block_samples + pair * 2 * group_samples;
      tile_of(part.size(), of[0], of[1], shared, weights, activation, to,
              std::make_integer_sequence<int, width>());
    }
  }
}

template <class Real>
template <Coding coding>
void InputLayer<Real>::apply_row(const InputBlock& block, Activation activation, Real* out) const {
  Sums<block_groups, Real> sums = {};
  const Real* const weights = weights_.get();
  for (int quad = 0; quad < block.quads; ++quad)
    unrolled<block_groups>([&](auto group) __attribute__((always_inline)) {
      const std::int64_t at = InputData::first_quad(block, group) + quad;
      const std::int32_t* features = data_->quad_features(at);
      const std::byte* codes = data_->quad_codes(at);
      unrolled<4>([&](auto i) __attribute__((always_inline)) {
        add(sums.of[group], decode<coding, Real>(codes, i), weights[features[i]]);
      });
    });
  with_activation(
      activation, [&]<Activation phi>() __attribute__((always_inline)) {
        unrolled<block_groups>([&](auto group) __attribute__((always_inline)) {
          for (int p = 0; p < group_packs<Real>; ++p)
            store(out + group * group_samples + p * pack_width<Real>,
                  activate<phi, Real>(sums.of[group].packs[p]));
        });
      });
}

template class InputLayer<float>;
template class InputLayer<double>;

}  // namespace echelon
