// A job of which the last rank fails while the others wait for it: failing_job throw|abort|exit.
#include <cstdio>
#include <string>

#include "echelon/core/error.hpp"
#include "echelon/parallel/communicator.hpp"

namespace {

void run(int argc, char** argv) {
  const echelon::Mpi mpi(argc, argv);
  const echelon::Communicator world = echelon::Mpi::world();
  world.barrier();
  if (world.rank() == world.size() - 1) {
    const std::string mode = argv[1];
    if (mode == "throw") echelon::fail(echelon::ExitCode::data, "thrown on purpose");
    if (mode == "abort") echelon::Mpi::abort(66);
  }
  world.barrier();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc, argv);
  } catch (const echelon::Error& error) {
    std::puts("the exception passed the Mpi object without ending the job");
    return 1;
  }
}
