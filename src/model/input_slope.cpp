#include "input_slope.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "input_codes.hpp"
#include "lanes.hpp"

namespace echelon {

namespace {

// Features x packs of rows whose sums the registers hold.
constexpr int tile_features = 8, tile_packs = 2;

/// sum over lanes of x[feature][lane] dz[pack][lane], added to each feature's sum. Values come from
/// memory one by one, which costs less than spreading them out of registers.
template <int features, int packs, class Real>
ECHELON_INLINE void multiply(const Real* x, const Real* dz, Real* const* to) {
  Pack<Real> sums[features][packs] = {};
  for (int lane = 0; lane < group_samples; ++lane) {
    Pack<Real> rows[packs];
    unrolled<packs>([&](auto p) __attribute__((always_inline)) {
      rows[p] = load(dz + (p * group_samples + lane) * pack_width<Real>);
    });
    unrolled<features>([&](auto i) __attribute__((always_inline)) {
      const Real value = x[i * group_samples + lane];
      unrolled<packs>([&](auto p)
                          __attribute__((always_inline)) { sums[i][p] += rows[p] * value; });
    });
  }
  unrolled<features>([&](auto i) __attribute__((always_inline)) {
    unrolled<packs>([&](auto p) __attribute__((always_inline)) {
      Real* sum = to[i] + p * pack_width<Real>;
      store(sum, load(sum) + sums[i][p]);
    });
  });
}

/// The same for all packs of rows.
template <int features, class Real>
void multiply_all(const Real* x, const Real* dz, int packs, Real* const* to) {
  Real* at[features];
  std::copy_n(to, features, at);
  int p = 0;
  for (; p + tile_packs <= packs; p += tile_packs) {
    multiply<features, tile_packs>(x, dz + p * group_samples * pack_width<Real>, at);
    for (Real*& sum : at) sum += tile_packs * pack_width<Real>;
  }
  for (; p < packs; ++p) {
    multiply<features, 1>(x, dz + p * group_samples * pack_width<Real>, at);
    for (Real*& sum : at) sum += pack_width<Real>;
  }
}

}  // namespace

template <class Real>
InputSlope<Real>::InputSlope(const InputData& data, int rows, BufferPool<Real>& pool)
    : data_(&data),
      rows_(rows),
      packs_((rows + pack_width<Real> - 1) / pack_width<Real>),
      sum_(pool.take(sums())),
      dz_(pool.take(static_cast<std::size_t>(block_samples * packs_ * pack_width<Real>))),
      values_(pool.take(static_cast<std::size_t>((data.features() + 3) * group_samples))) {
  std::fill_n(dz_.get(), block_samples * packs_ * pack_width<Real>, Real{0});
}

template <class Real>
std::size_t InputSlope<Real>::sums() const {
  return static_cast<std::size_t>(data_->features()) *
         static_cast<std::size_t>(packs_ * pack_width<Real>);
}

template <class Real>
void InputSlope<Real>::clear() {
  std::fill_n(sum_.get(), sums(), Real{0});
}

template <class Real>
void InputSlope<Real>::add(int b, const Real* dz) {
  turn(dz);
  if (data_->coding() == Coding::bytes)
    add_coded<Coding::bytes>(data_->block(b));
  else
    add_coded<Coding::reals>(data_->block(b));
}

template <class Real>
void InputSlope<Real>::turn(const Real* dz) {
  constexpr int width = pack_width<Real>;
  for (int row = 0; row < rows_; ++row)
    for (int lane = 0; lane < block_samples; ++lane) {
      const int group = lane / group_samples, pack = group * packs_ + row / width;
      dz_[(pack * group_samples + lane % group_samples) * width + row % width] =
          dz[row * block_samples + lane];
    }
}

template <class Real>
template <Coding coding>
void InputSlope<Real>::add_coded(const InputBlock& block) {
  constexpr int whole = tile_features;
  const std::ptrdiff_t stride = packs_ * pack_width<Real>;
  for (int group = 0; group < block_groups; ++group) {
    const std::int64_t first = InputData::first_quad(block, group);
    const int count = block.listed[static_cast<std::size_t>(group)];
    const std::int32_t* features = data_->quad_features(first);
    Real* end = values_.get();
    for (int quad = 0; 4 * quad < count; ++quad)
      unrolled<4>([&](auto i) __attribute__((always_inline)) {
        const auto x = decode<coding, Real>(data_->quad_codes(first + quad), i);
        std::memcpy(end, &x, sizeof x);
        end += group_samples;
      });
    const Real* dz = dz_.get() + group * group_samples * stride;
    Real* to[whole];
    for (int at = 0; at < count; at += whole) {
      const int here = std::min(whole, count - at);
      for (int i = 0; i < here; ++i) to[i] = sum_.get() + features[at + i] * stride;
      const Real* x = values_.get() + at * group_samples;
      if (here == whole)
        multiply_all<whole>(x, dz, packs_, to);
      else
        for (int i = 0; i < here; ++i) multiply_all<1>(x + i * group_samples, dz, packs_, to + i);
    }
  }
}

template <class Real>
double* InputSlope<Real>::read(double* to) const {
  const std::ptrdiff_t stride = packs_ * pack_width<Real>;
  const double scale = data_->scale();
  for (int feature = 0; feature < data_->features(); ++feature, to += rows_) {
    const Real* sum = sum_.get() + feature * stride;
    for (int row = 0; row < rows_; ++row) to[row] = scale * static_cast<double>(sum[row]);
  }
  return to;
}

template class InputSlope<float>;
template class InputSlope<double>;

}  // namespace echelon
