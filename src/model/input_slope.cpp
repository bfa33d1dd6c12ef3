#include "input_slope.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "input_codes.hpp"
#include "lanes.hpp"

namespace echelon {

namespace {

/// A quad of features for the samples of a group: x[feature][lane].
template <class Real>
struct Quad {
  Real x[4][group_samples];
};

template <Coding coding, class Real>
ECHELON_INLINE Quad<Real> decoded(const std::byte* codes) {
  Quad<Real> quad;
  unrolled<4>([&](auto i) __attribute__((always_inline)) {
    const auto values = decode<coding, Real>(codes, i);
    std::memcpy(quad.x[i], &values, sizeof values);
  });
  return quad;
}

/// sum over lanes of x[feature][lane] dz[lane][row], for a pack of rows and four features: every
/// load of dz serves all of them, and their sums do not wait for each other.
template <class Real>
ECHELON_INLINE void multiply(const Quad<Real>& quad, const Real* dz, int stride,
                             Pack<Real> (&sums)[4]) {
  unrolled<4>([&](auto i) __attribute__((always_inline)) { sums[i] = Pack<Real>{}; });
  unrolled<group_samples>([&](auto lane) __attribute__((always_inline)) {
    const Pack<Real> row = load(dz + lane * stride);
    unrolled<4>([&](auto i) __attribute__((always_inline)) { sums[i] += row * quad.x[i][lane]; });
  });
}

}  // namespace

template <class Real>
InputSlope<Real>::InputSlope(const InputData& data, int rows)
    : data_(&data),
      rows_(rows),
      packs_((rows + pack_width<Real> - 1) / pack_width<Real>),
      sum_(static_cast<std::size_t>(data.features()) *
           static_cast<std::size_t>(packs_ * pack_width<Real>)),
      dz_(static_cast<std::size_t>(block_samples) *
          static_cast<std::size_t>(packs_ * pack_width<Real>)) {}

template <class Real>
void InputSlope<Real>::clear() {
  std::fill(sum_.begin(), sum_.end(), Real{0});
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
  const std::ptrdiff_t stride = packs_ * pack_width<Real>;
  for (int row = 0; row < rows_; ++row)
    for (int lane = 0; lane < block_samples; ++lane)
      dz_[static_cast<std::size_t>(lane * stride + row)] = dz[row * block_samples + lane];
}

template <class Real>
template <Coding coding>
void InputSlope<Real>::add_coded(const InputBlock& block) {
  const int stride = packs_ * pack_width<Real>;
  for (int group = 0; group < block_groups; ++group) {
    const std::int64_t first = InputData::first_quad(block, group);
    const int count = block.listed[static_cast<std::size_t>(group)];
    const std::int32_t* features = data_->quad_features(first);
    const Real* dz = dz_.data() + std::ptrdiff_t{group} * group_samples * stride;
    for (int at = 0; at < count; at += 4) {
      const auto quad = decoded<coding, Real>(data_->quad_codes(first + at / 4));
      const int listed = std::min(4, count - at);  // the rest only fills the quad
      for (int row = 0; row < stride; row += pack_width<Real>) {
        Pack<Real> sums[4];
        multiply(quad, dz + row, stride, sums);
        for (int i = 0; i < listed; ++i) {
          Real* sum = sum_.data() + std::ptrdiff_t{features[at + i]} * stride + row;
          store(sum, load(sum) + sums[i]);
        }
      }
    }
  }
}

template <class Real>
void InputSlope<Real>::read(Matrix<double>& slope) const {
  const std::ptrdiff_t stride = packs_ * pack_width<Real>;
  slope.resize(rows_, data_->features());
  for (int feature = 0; feature < data_->features(); ++feature)
    for (int row = 0; row < rows_; ++row)
      slope(row, feature) =
          data_->scale() *
          static_cast<double>(sum_[static_cast<std::size_t>(feature * stride + row)]);
}

template class InputSlope<float>;
template class InputSlope<double>;

}  // namespace echelon
