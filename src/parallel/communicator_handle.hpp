#pragma once

#include <mpi.h>

namespace echelon {

/// An MPI communicator, freed with its last user when it is ours, and the seconds spent in it.
struct CommunicatorHandle {
  MPI_Comm comm = MPI_COMM_NULL;
  bool owned = false;
  double waited = 0;

  CommunicatorHandle(MPI_Comm communicator, bool is_owned);
  ~CommunicatorHandle();
  CommunicatorHandle(const CommunicatorHandle&) = delete;
  CommunicatorHandle& operator=(const CommunicatorHandle&) = delete;
};

/// Error(internal) naming the MPI function unless `result` is MPI_SUCCESS.
void check_mpi(int result, const char* function);

/// True between MPI_Init and MPI_Finalize.
bool mpi_is_running();

}  // namespace echelon
