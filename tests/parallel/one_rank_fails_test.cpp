// Checked by failures_test.sh: what tests/support/mpi_main.cpp makes of a failure on one rank.
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "echelon/parallel/communicator.hpp"

namespace echelon {
namespace {

TEST(OneRankFails, AsToldByTheEnvironment) {
  const char* wish = std::getenv("ECHELON_TEST_FAILURE");
  const std::string mode = wish == nullptr ? "none" : wish;
  const Communicator world = Mpi::world();
  if (mode != "none" && world.rank() == world.size() - 1) {
    if (mode == "throw") throw std::runtime_error("thrown on purpose");
    EXPECT_NE(mode, "expect");
  }
  world.barrier();
}

}  // namespace
}  // namespace echelon
