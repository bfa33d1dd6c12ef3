#include <array>
#include <cstdlib>
#include <exception>

#include "communicator_handle.hpp"
#include "echelon/core/error.hpp"
#include "echelon/parallel/communicator.hpp"

namespace echelon {

void check_mpi(int result, const char* function) {
  if (result == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING + 1> text{};
  int length = 0;
  MPI_Error_string(result, text.data(), &length);
  fail(ExitCode::internal, fmt::format("{} failed ({})", function, text.data()));
}

bool mpi_is_running() {
  int initialized = 0;
  int finalized = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  return initialized != 0 && finalized == 0;
}

CommunicatorHandle::CommunicatorHandle(MPI_Comm communicator, bool is_owned)
    : comm(communicator), owned(is_owned) {
  // Failures come back as exceptions, so that one place decides how the job ends.
  check_mpi(MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
}

CommunicatorHandle::~CommunicatorHandle() {
  // Freeing is collective; after a failure the other ranks will not come.
  if (owned && mpi_is_running() && std::uncaught_exceptions() == 0) MPI_Comm_free(&comm);
}

Mpi::Mpi(int& argc, char**& argv) { check_mpi(MPI_Init(&argc, &argv), "MPI_Init"); }

Mpi::~Mpi() {
  if (std::uncaught_exceptions() > 0) abort(static_cast<int>(ExitCode::internal));
  MPI_Finalize();
}

Communicator Mpi::world() {
  require(mpi_is_running(), ExitCode::internal, "MPI is not running (construct Mpi first)");
  return Communicator(std::make_shared<CommunicatorHandle>(MPI_COMM_WORLD, false));
}

void Mpi::abort(int code) {
  if (mpi_is_running()) MPI_Abort(MPI_COMM_WORLD, code);
  std::_Exit(code);
}

}  // namespace echelon
