#include "in_parallel.hpp"

#include <cstdio>
#include <new>

namespace echelon {
namespace {

/// The exit code, after the message; a job of several ranks ends here.
int give_up(const Communicator& world, ExitCode code, const char* message) {
  if (world.size() == 1)
    fmt::print(stderr, "echelon: {}\n", message);
  else if (world.is_root())
    fmt::print(stderr, "\nechelon: {}\n", message);
  else
    fmt::print(stderr, "\nechelon: {} (rank {} of {})\n", message, world.rank(), world.size());
  std::fflush(stderr);
  if (world.size() > 1) Mpi::abort(static_cast<int>(code));
  return static_cast<int>(code);
}

}  // namespace

int in_parallel(const std::function<ExitCode(const Communicator& world)>& work) {
  int no_arguments = 0;
  char** none = nullptr;
  Mpi mpi(no_arguments, none);
  const auto world = Mpi::world();
  try {
    return static_cast<int>(work(world));
  } catch (const Error& error) {
    return give_up(world, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return give_up(world, ExitCode::internal, "out of memory");
  } catch (const std::exception& error) {
    return give_up(world, ExitCode::internal, error.what());
  }
}

}  // namespace echelon
