#include "echelon/random/stream.hpp"

#include <Random123/philox.h>

#include <Eigen/Core>
#include <algorithm>
#include <numbers>

#include "echelon/core/error.hpp"

namespace echelon {

namespace {

using Block = std::array<std::uint64_t, 4>;

Block philox(const Block& counter, std::uint64_t seed) {
  const r123::Philox4x64::ctr_type in{{counter[0], counter[1], counter[2], counter[3]}};
  const r123::Philox4x64::key_type key{{seed, 0}};
  const auto out = r123::Philox4x64{}(in, key);
  return {out[0], out[1], out[2], out[3]};
}

// Integer words to the radius sqrt(-2 log u) and the angle 2 pi v of Box and Muller (1958), all of
// one batch at once. Only whole packets are ever computed, so that a number does not depend on
// whether it fell into a vector or into a scalar remainder.
template <class Real, class Integer, int pairs>
void box_muller(const Integer* magnitude, const Integer* angle, Real resolution, Real* out) {
  using Values = Eigen::Array<Real, pairs, 1>;
  using Words = Eigen::Map<const Eigen::Array<Integer, pairs, 1>>;
  const Values u = (Words(magnitude).template cast<Real>() + Real(0.5)) * resolution;
  const Values phase = Words(angle).template cast<Real>() * (resolution * std::numbers::pi_v<Real>);
  const Values radius = (u.log() * Real(-2)).sqrt();
  const Values cosine = radius * phase.cos();
  const Values sine = radius * phase.sin();
  std::copy_n(cosine.data(), pairs, out);
  std::copy_n(sine.data(), pairs, out + pairs);
}

}  // namespace

Stream::Stream(const Address& address)
    : seed_(address.seed),
      counter_{0, address.step, address.index, static_cast<std::uint64_t>(address.purpose)} {}

std::uint64_t Stream::word() {
  if (words_left_ == 0) {
    words_ = philox(counter_, seed_);
    ++counter_[0];
    words_left_ = words_.size();
  }
  return words_[words_.size() - words_left_--];
}

double Stream::uniform() {
  // 52 bits, not 53: the largest value must not round to 1.
  return (static_cast<double>(word() >> 12) + 0.5) * 0x1p-52;
}

double Stream::normal() {
  double value = 0;
  fill_normal(std::span(&value, 1));
  return value;
}

std::uint64_t Stream::below(std::uint64_t n) {
  require(n > 0, ExitCode::internal, "a random index below 0 was asked for (the range is empty)");
  const std::uint64_t excess = (0 - n) % n;  // 2^64 mod n: words below it would favour small values
  std::uint64_t value = word();
  while (value < excess) value = word();
  return value % n;
}

template <>
void Stream::batch(float* out) {
  constexpr int pairs = float_batch / 2;
  alignas(64) std::array<std::int32_t, float_batch> halves;
  for (std::size_t block = 0; block < batch_blocks; ++block) {
    const Block random = philox(counter_, seed_);
    ++counter_[0];
    for (std::size_t i = 0; i < random.size(); ++i) {
      halves[8 * block + 2 * i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(random[i]));
      halves[8 * block + 2 * i + 1] =
          static_cast<std::int32_t>(static_cast<std::uint32_t>(random[i] >> 32));
    }
  }
  for (int i = 0; i < pairs; ++i) halves[static_cast<std::size_t>(i)] &= 0x7fffffff;
  box_muller<float, std::int32_t, pairs>(halves.data(), halves.data() + pairs, 0x1p-31F, out);
}

template <>
void Stream::batch(double* out) {
  constexpr int pairs = double_batch / 2;
  alignas(64) std::array<std::int64_t, double_batch> numbers;
  for (std::size_t block = 0; block < batch_blocks; ++block) {
    const Block random = philox(counter_, seed_);
    ++counter_[0];
    for (std::size_t i = 0; i < random.size(); ++i)
      numbers[4 * block + i] = static_cast<std::int64_t>(random[i]) >> 11;
  }
  for (int i = 0; i < pairs; ++i) numbers[static_cast<std::size_t>(i)] &= 0xfffffffffffff;
  box_muller<double, std::int64_t, pairs>(numbers.data(), numbers.data() + pairs, 0x1p-52, out);
}

template <class Real, std::size_t size>
void Stream::fill(std::span<Real> out, std::array<Real, size>& kept, std::size_t& left) {
  const auto serve = [&] {
    const std::size_t count = std::min(left, out.size());
    std::copy_n(kept.end() - static_cast<std::ptrdiff_t>(left), count, out.begin());
    left -= count;
    out = out.subspan(count);
  };
  serve();
  while (out.size() >= size) {
    batch(out.data());
    out = out.subspan(size);
  }
  if (out.empty()) return;
  batch(kept.data());
  left = size;
  serve();
}

void Stream::fill_normal(std::span<float> out) { fill(out, floats_, floats_left_); }
void Stream::fill_normal(std::span<double> out) { fill(out, doubles_, doubles_left_); }

}  // namespace echelon
