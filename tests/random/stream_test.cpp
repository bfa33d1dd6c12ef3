#include "echelon/random/stream.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace echelon {
namespace {

constexpr Address here{.seed = 7, .purpose = Purpose::explore, .index = 3, .step = 11};

TEST(Stream, EqualAddressesGiveEqualNumbers) {
  Stream first(here);
  Stream second(here);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(first.uniform(), second.uniform());
}

template <class Real>
void expect_chunking_is_invisible() {
  std::vector<Real> whole(1000);
  Stream(here).fill_normal(std::span(whole));
  std::vector<Real> pieces(1000);
  Stream stream(here);
  std::size_t start = 0;
  for (std::size_t length = 1; start < pieces.size(); start += length, length = length * 3 % 97)
    stream.fill_normal(std::span(pieces).subspan(start, std::min(length, pieces.size() - start)));
  EXPECT_EQ(whole, pieces);
}

TEST(Stream, NormalsDoNotDependOnHowTheyWereAskedFor) {
  expect_chunking_is_invisible<float>();
  expect_chunking_is_invisible<double>();
}

}  // namespace
}  // namespace echelon
