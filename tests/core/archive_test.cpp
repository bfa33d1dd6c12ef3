#include "echelon/core/archive.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

Archive sample() {
  Archive archive;
  archive.put("a/double",
              std::vector<double>{1.5, -0.0, std::numeric_limits<double>::denorm_min()});
  archive.put("a/float", std::vector<float>{2.5F});
  archive.put("count", std::int64_t{7});
  archive.put("empty", std::vector<double>{});
  return archive;
}

TEST(Archive, ComesBackFromBytesUnchanged) {
  const Archive archive = sample();
  EXPECT_EQ(Archive::from_bytes(archive.to_bytes()), archive);
  EXPECT_TRUE(std::signbit(Archive::from_bytes(archive.to_bytes()).get<double>("a/double")[1]));
}

TEST(Archive, PartStripsThePrefix) {
  const Archive part = sample().part("a");
  EXPECT_EQ(part.arrays().size(), 2U);
  EXPECT_EQ(part.get_scalar<float>("float"), 2.5F);
}

TEST(Archive, NamesTheMissingField) {
  try {
    sample().get<double>("nowhere");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    EXPECT_NE(std::string(error.what()).find("nowhere"), std::string::npos);
  }
  EXPECT_THROW(sample().get<double>("count"), Error);
  EXPECT_THROW(sample().get_scalar<double>("a/double"), Error);
}

TEST(Archive, EveryTruncationIsAnErrorOrAShorterArchive) {
  const auto bytes = sample().to_bytes();
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    try {
      EXPECT_LT(Archive::from_bytes(std::span(bytes).first(length)).arrays().size(), 4U);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
    }
  }
}

}  // namespace
}  // namespace echelon
