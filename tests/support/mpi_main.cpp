#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <memory>

#include "echelon/parallel/communicator.hpp"

namespace {

// Ranks other than 0 speak only of failures, and say who they are.
class FailurePrinter : public testing::EmptyTestEventListener {
 public:
  explicit FailurePrinter(int rank) : rank_(rank) {}
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::fprintf(stderr, "rank %d: %s:%d: %s\n", rank_,
                 result.file_name() ? result.file_name() : "?", result.line_number(),
                 result.summary());
    std::fflush(stderr);
  }

 private:
  int rank_;
};

}  // namespace

// MPI libraries keep memory until the process ends, in plugins that a suppression cannot name.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

// The main of every test that runs under mpirun. A failure on one rank fails all of them; an
// exception that leaves a test ends the job at once, since the other ranks may wait for this one.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  GTEST_FLAG_SET(catch_exceptions, false);
  echelon::Mpi mpi(argc, argv);
  const echelon::Communicator world = echelon::Mpi::world();
  if (!world.is_root()) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(std::make_unique<FailurePrinter>(world.rank()).release());
  }
  try {
    return static_cast<int>(world.all_max(RUN_ALL_TESTS()));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank %d: %s\n", world.rank(), error.what());
    echelon::Mpi::abort(1);
  }
}
