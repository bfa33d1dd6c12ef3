#include "echelon/random/stream.hpp"

#include <Random123/philox.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <type_traits>

#include "echelon/core/error.hpp"

namespace echelon {

namespace {

constexpr std::uint64_t every_bit = ~std::uint64_t{0};

// One counter block, each word under a mask.
inline void philox(const std::array<std::uint64_t, 4>& counter, std::uint64_t seed,
                   std::uint64_t* out, std::uint64_t mask) {
  const r123::Philox4x64::ctr_type in{{counter[0], counter[1], counter[2], counter[3]}};
  const r123::Philox4x64::key_type key{{seed, 0}};
  const auto block = r123::Philox4x64{}(in, key);
  // Word by word: a vector load right behind scalar stores would wait for the stores to retire.
  for (std::size_t i = 0; i < 4; ++i) out[i] = block[i] & mask;
}

// What the transformation needs to know of a floating-point type. Its arithmetic is made of
// correctly rounded operations only (no library function, no contraction), so every compiler and
// instruction set gives the same bits, whether a number falls into a vector or its remainder.
template <class Real>
struct Format;
template <>
struct Format<float> {
  using Integer = std::int32_t;
  static constexpr int radius_bits = 31;
  static constexpr std::uint64_t radius_mask = 0x7fffffff7fffffff;
  static constexpr int fraction_bits = 23;
  static constexpr std::size_t sine_terms = 5;
  static constexpr std::size_t log_terms = 5;
};
template <>
struct Format<double> {
  using Integer = std::int64_t;
  static constexpr int radius_bits = 52;
  static constexpr std::uint64_t radius_mask = 0x000fffffffffffff;
  static constexpr int fraction_bits = 52;
  static constexpr std::size_t sine_terms = 9;
  static constexpr std::size_t log_terms = 11;
};

template <class Real, std::size_t terms>
Real polynomial(const std::array<Real, terms>& coefficients, Real x) {
  Real sum = coefficients.back();
  for (std::size_t k = terms - 1; k-- > 0;) sum = sum * x + coefficients[k];
  return sum;
}

// (-1)^k / (2k + first)!: the series of sin(t)/t (first = 1) and of cos(t) (first = 0) in t^2. On
// |t| <= pi/4 the first omitted term is below half an ulp.
template <class Real, int first>
constexpr auto sine_series() {
  std::array<Real, Format<Real>::sine_terms> result{};
  double value = 1;
  for (std::size_t k = 0; k < result.size(); ++k) {
    result[k] = static_cast<Real>(value);
    const double next = static_cast<double>(2 * k + 1) + first;
    value /= -next * (next + 1);
  }
  return result;
}

// 4 / (2k + 1): 2 log(x) = s sum_k 4 s^2k / (2k + 1) for s = (x - 1) / (x + 1).
template <class Real>
constexpr auto log_series() {
  std::array<Real, Format<Real>::log_terms> result{};
  for (std::size_t k = 0; k < result.size(); ++k)
    result[k] = static_cast<Real>(4.0 / static_cast<double>(2 * k + 1));
  return result;
}

// -2 log(u) for u = (word + 1/2) / 2^radius_bits, not negative.
template <class Real>
Real minus_two_log(typename Format<Real>::Integer word) {
  using Integer = typename Format<Real>::Integer;
  constexpr int fraction = Format<Real>::fraction_bits;
  constexpr auto series = log_series<Real>();
  constexpr auto root_half = std::bit_cast<Integer>(std::numbers::sqrt2_v<Real> / 2);
  const auto bits = std::bit_cast<Integer>(static_cast<Real>(word) + Real(0.5));
  const Integer exponent = (bits - root_half) >> fraction;
  const auto x = std::bit_cast<Real>(bits - (exponent << fraction));  // in [sqrt 1/2, sqrt 2)
  const Real s = (x - 1) / (x + 1);
  const auto halvings = static_cast<Real>(Format<Real>::radius_bits - exponent);
  return halvings * (2 * std::numbers::ln2_v<Real>)-s * polynomial(series, s * s);
}

// Box and Muller (1958): words 0 .. pairs-1 give the radii sqrt(-2 log u), the others the angles in
// 2^-width turns. The integer tells the quarter turn exactly, so there is no range reduction and
// no branch, and the loop becomes vector code.
template <class Real, std::size_t pairs>
void box_muller(const typename Format<Real>::Integer* words, Real* out) {
  using Integer = typename Format<Real>::Integer;
  using Bits = std::make_unsigned_t<Integer>;
  constexpr int width = 8 * sizeof(Real);
  constexpr auto cosine_series = sine_series<Real, 0>();
  constexpr auto series = sine_series<Real, 1>();
  constexpr Real turn = std::numbers::pi_v<Real> / static_cast<Real>(Bits{1} << (width - 1));
  for (std::size_t i = 0; i < pairs; ++i) {
    const Real radius = std::sqrt(minus_two_log<Real>(words[i]));
    const auto angle = static_cast<Bits>(words[i + pairs]);
    const Bits quarter = (angle + (Bits{1} << (width - 3))) >> (width - 2);
    const Real t = static_cast<Real>(static_cast<Integer>(angle - (quarter << (width - 2)))) * turn;
    const auto cosine = std::bit_cast<Bits>(polynomial(cosine_series, t * t));
    const auto sine = std::bit_cast<Bits>(t * polynomial(series, t * t));
    const Bits exchanged = (cosine ^ sine) & (0 - (quarter & 1));
    const Bits cosine_sign = ((quarter + 1) & 2) << (width - 2);
    const Bits sine_sign = (quarter & 2) << (width - 2);
    out[i] = radius * std::bit_cast<Real>(cosine ^ exchanged ^ cosine_sign);
    out[i + pairs] = radius * std::bit_cast<Real>(sine ^ exchanged ^ sine_sign);
  }
}

}  // namespace

Stream::Stream(const Address& address)
    : seed_(address.seed),
      counter_{0, address.step, address.index, static_cast<std::uint64_t>(address.purpose)} {}

std::uint64_t Stream::word() {
  if (words_left_ == 0) {
    philox(counter_, seed_, words_.data(), every_bit);
    ++counter_[0];
    words_left_ = words_.size();
  }
  return words_[words_.size() - words_left_--];
}

double Stream::uniform() { return unit_interval(word()); }

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

template <class Real>
void Stream::batches(Real* out, std::size_t count) {
  using Integer = typename Format<Real>::Integer;
  constexpr std::size_t size = batch_bytes / sizeof(Real);
  std::array<std::array<std::uint64_t, 4 * batch_blocks>, slab> random;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t block = 0; block < batch_blocks; ++block) {
      philox(counter_, seed_, random[i].data() + 4 * block,
             block < batch_blocks / 2 ? Format<Real>::radius_mask : every_bit);
      ++counter_[0];
    }
  for (std::size_t i = 0; i < count; ++i) {
    std::array<Integer, size> words;
    std::memcpy(words.data(), random[i].data(), batch_bytes);
    box_muller<Real, size / 2>(words.data(), out + i * size);
  }
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
    const std::size_t count = std::min(slab, out.size() / size);
    batches(out.data(), count);
    out = out.subspan(count * size);
  }
  if (out.empty()) return;
  batches(kept.data(), 1);
  left = size;
  serve();
}

void Stream::fill_normal(std::span<float> out) { fill(out, floats_, floats_left_); }
void Stream::fill_normal(std::span<double> out) { fill(out, doubles_, doubles_left_); }

}  // namespace echelon
