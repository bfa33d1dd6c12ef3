#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace echelon {

/// What a piece of randomness is for. The values are part of the address, so of every result:
/// append, never renumber.
enum class Purpose : std::uint32_t {
  teacher = 1,
  start = 2,
  reference = 3,
  explore = 4,
  swap = 5,
  adapt = 6,
  readout = 7,
  anneal = 8,
  bounds = 9,
  certify = 10,
};

/// A random stream is its address: equal addresses give equal numbers, on any rank and in any
/// order of evaluation; addresses that differ in one field give unrelated numbers.
struct Address {
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::explore;
  std::uint32_t index = 0;  ///< replica, pair or sample, as the purpose needs
  std::uint64_t step = 0;   ///< sweep or round
  bool operator==(const Address&) const = default;
};

/// All the randomness of one replica at one sweep.
struct Turn {
  std::uint64_t seed = 0;
  std::uint32_t replica = 0;
  std::uint64_t sweep = 0;
  Address address(Purpose purpose) const { return {seed, purpose, replica, sweep}; }
};

/// The middle of the interval of width 2^-52 that the word's top bits choose: never 0 or 1.
constexpr double unit_interval(std::uint64_t word) {
  // 52 bits, not 53: with 53 the largest value would round to 1.
  return (static_cast<double>(word >> 12) + 0.5) * 0x1p-52;
}

/// The numbers at one address: Philox4x64-10 (Salmon, Moraes, Dror and Shaw, SC 2011; Random123)
/// with key (seed, 0) and counter (block, step, index, purpose). Three kinds are drawn from it:
/// words (uniform, below), double normals and float normals. Each kind takes whole counter blocks
/// as it needs them and keeps what is left for the next call of the same kind, so ten normals are
/// the same numbers whether they were asked for in one span or in three.
/// Normals are Box-Muller; float radii have 31 bits, so no float normal exceeds 6.7 in magnitude;
/// double radii have 52, so no double normal exceeds 8.6. The bits are the same for every compiler
/// and instruction set with IEEE arithmetic.
class Stream {
 public:
  explicit Stream(const Address& address);

  /// Uniform on (0, 1), 52 random bits; never 0 or 1.
  double uniform();
  /// Standard normal.
  double normal();
  /// Uniform on 0 .. n-1 without bias. Error(internal) when n = 0.
  std::uint64_t below(std::uint64_t n);
  /// Fills with independent standard normals; any alignment, any length.
  void fill_normal(std::span<float> out);
  void fill_normal(std::span<double> out);

 private:
  // Normals are made in batches of four counter blocks, so that a batch fills whole vectors, and
  // up to eight batches at a time.
  static constexpr std::size_t batch_blocks = 4;
  static constexpr std::size_t batch_bytes = 32 * batch_blocks;
  static constexpr std::size_t slab = 8;

  std::uint64_t word();
  template <class Real>
  void batches(Real* out, std::size_t count);
  template <class Real, std::size_t size>
  void fill(std::span<Real> out, std::array<Real, size>& kept, std::size_t& left);

  std::uint64_t seed_;
  std::array<std::uint64_t, 4> counter_;
  std::array<std::uint64_t, 4> words_{};
  std::array<float, batch_bytes / sizeof(float)> floats_{};
  std::array<double, batch_bytes / sizeof(double)> doubles_{};
  std::size_t words_left_ = 0;
  std::size_t floats_left_ = 0;
  std::size_t doubles_left_ = 0;
};

}  // namespace echelon
