// Known answers and addressing.
#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/random/stream.hpp"

namespace echelon {
namespace {

using Words = r123::Philox4x64::ctr_type;

constexpr Address here{.seed = 7, .purpose = Purpose::explore, .index = 3, .step = 11};

// The philox4x64-10 lines of Random123's kat_vectors.
TEST(Philox, GivesThePublishedKnownAnswers) {
  r123::Philox4x64 generator;
  EXPECT_EQ(
      generator(Words{{0, 0, 0, 0}}, {{0, 0}}),
      (Words{{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}}));
  constexpr std::uint64_t ones = 0xffffffffffffffff;
  EXPECT_EQ(
      generator(Words{{ones, ones, ones, ones}}, {{ones, ones}}),
      (Words{{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}}));
  EXPECT_EQ(
      generator(
          Words{{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89}},
          {{0x452821e638d01377, 0xbe5466cf34e90c6c}}),
      (Words{{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}}));
}

TEST(Stream, IsPhiloxAtItsAddress) {
  Stream zero(Address{.seed = 0, .purpose = Purpose{}, .index = 0, .step = 0});
  EXPECT_EQ(zero.uniform(), unit_interval(0x16554d9eca36314c));
  EXPECT_EQ(zero.uniform(), unit_interval(0xdb20fe9d672d0fdc));
  Stream stream(here);
  for (std::uint64_t block = 0; block < 5; ++block) {
    const Words words = r123::Philox4x64{}(
        Words{{block, here.step, here.index, static_cast<std::uint64_t>(here.purpose)}},
        {{here.seed, 0}});
    for (const auto word : words) EXPECT_EQ(stream.uniform(), unit_interval(word));
  }
}

TEST(Stream, EqualAddressesGiveEqualNumbers) {
  Stream first(here);
  Stream second(here);
  Stream copy(first);
  for (int i = 0; i < 10; ++i) {
    const double value = first.uniform();
    EXPECT_EQ(value, second.uniform());
    EXPECT_EQ(value, copy.uniform());
  }
}

TEST(Stream, EveryFieldOfTheAddressCounts) {
  std::vector<Address> addresses{here};
  for (int field = 0; field < 4; ++field)
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
      Address other = here;
      const std::uint32_t flip = std::uint32_t{1} << bit;
      if (field == 0) other.seed ^= std::uint64_t{flip} << 32;
      if (field == 1) other.purpose = Purpose{static_cast<std::uint32_t>(other.purpose) ^ flip};
      if (field == 2) other.index ^= flip;
      if (field == 3) other.step ^= std::uint64_t{flip} << 32;
      addresses.push_back(other);
    }
  std::set<double> firsts;
  std::set<float> normals;
  for (const Address& address : addresses) {
    Stream stream(address);
    firsts.insert(stream.uniform());
    float normal = 0;
    stream.fill_normal(std::span(&normal, 1));
    normals.insert(normal);
  }
  EXPECT_EQ(firsts.size(), addresses.size());
  EXPECT_EQ(normals.size(), addresses.size());
}

TEST(Turn, CarriesTheReplicaAndTheSweep) {
  const Turn turn{.seed = 7, .replica = 3, .sweep = 11};
  EXPECT_EQ(turn.address(Purpose::explore), here);
}

// The kinds share one counter, so no number is used twice: a normal drawn first moves the words.
TEST(Stream, KindsDoNotShareBlocks) {
  Stream words(here);
  Stream mixed(here);
  mixed.normal();
  std::set<double> seen;
  for (int i = 0; i < 100; ++i) seen.insert(words.uniform());
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(seen.contains(mixed.uniform()));
  Stream fresh(here);
  EXPECT_NE(fresh.uniform(), Stream(mixed).uniform());
}

template <class Real>
void expect_chunking_is_invisible() {
  std::vector<Real> whole(3000);
  Stream(here).fill_normal(std::span(whole));
  std::vector<Real> pieces(whole.size());
  Stream stream(here);
  std::size_t start = 0;
  for (std::size_t length = 1; start < pieces.size(); length = length * 3 % 397) {
    const std::size_t count = std::min(length, pieces.size() - start);
    stream.fill_normal(std::span(pieces).subspan(start, count));
    start += count;
  }
  EXPECT_EQ(whole, pieces);
  EXPECT_EQ(std::set<Real>(whole.begin(), whole.begin() + 64).size(), 64U);
}

TEST(Stream, NormalsDoNotDependOnHowTheyWereAskedFor) {
  expect_chunking_is_invisible<float>();
  expect_chunking_is_invisible<double>();
  Stream one(here);
  Stream many(here);
  std::vector<double> values(20);
  many.fill_normal(std::span(values));
  for (const double value : values) EXPECT_EQ(one.normal(), value);
}

// Every stored run depends on these bits: they do not change between releases, compilers or
// instruction sets.
TEST(Stream, KeepsItsBitsForEver) {
  Stream stream(here);
  std::vector<float> floats(256);
  std::vector<double> doubles(128);
  stream.fill_normal(std::span(floats));
  stream.fill_normal(std::span(doubles));
  std::uint64_t sum = 0;
  for (const float value : floats) sum = sum * 31 + std::bit_cast<std::uint32_t>(value);
  for (const double value : doubles) sum = sum * 31 + std::bit_cast<std::uint64_t>(value);
  EXPECT_EQ(sum, 8123096888214872771U);
}

TEST(Stream, BelowIsUniformAndInRange) {
  Stream stream(here);
  constexpr std::uint64_t sides = 7;
  constexpr int throws = 70000;
  std::vector<int> counts(sides);
  for (int i = 0; i < throws; ++i) ++counts.at(stream.below(sides));
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 1e4) * (count - 1e4) / 1e4;
  EXPECT_LT(chi_square, 38.3);  // 6 degrees of freedom, level 1e-6
  for (int i = 0; i < 100; ++i) EXPECT_EQ(stream.below(1), 0U);
  // A quarter of all words must be turned away: modulo n they would double the lowest third.
  const std::uint64_t large = std::uint64_t{3} << 62;
  int low = 0;
  for (int i = 0; i < 10000; ++i) {
    const std::uint64_t value = stream.below(large);
    EXPECT_LT(value, large);
    if (value < large / 3) ++low;
  }
  EXPECT_NEAR(low, 10000. / 3, 4.9 * std::sqrt(10000 * 2. / 9));
  EXPECT_THROW(stream.below(0), Error);
}

}  // namespace
}  // namespace echelon
