#include "in_parallel.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <new>
#include <thread>

#include "signals.hpp"

namespace echelon {
namespace {

/// What every rank finds wrong is to be said once: the lowest of them speaks first and ends the
/// others, whom the launcher tells with a SIGTERM, while they wait for their turn.
void wait_for_lower_ranks(int rank) {
  using namespace std::chrono_literals;
  constexpr std::chrono::milliseconds slice = 50ms, ending = 10s;
  const auto before = *stop_flag();
  auto left = std::min(rank, 8) * 5 * slice;
  for (bool ended = false; left > 0ms; left -= slice) {
    std::this_thread::sleep_for(slice);
    if (!ended && *stop_flag() != before) left += ending;
    ended = *stop_flag() != before;
  }
}

/// The exit code, after the message; a job of several ranks ends here.
int give_up(const Communicator& world, ExitCode code, const char* message) {
  wait_for_lower_ranks(world.rank());
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
