/* Preloaded into the ranks of a job: kills one rank at its n-th call of MPI.
     FAULT_RANK      which rank; the others only count
     FAULT_MPI_AT    which call, from 1
     FAULT_MPI_WHEN  before | after the call
     FAULT_MPI_LOG   file that gets one line per call of that rank, e.g. "Allreduce" */
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long calls;

static const char* setting(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

static int chosen(void) {
  return *setting("FAULT_RANK") &&
         strcmp(setting("FAULT_RANK"), setting("OMPI_COMM_WORLD_RANK")) == 0;
}

static void pass(const char* call, const char* when) {
  if (!chosen()) return;
  if (strcmp(when, "before") == 0) {
    ++calls;
    FILE* log = *setting("FAULT_MPI_LOG") ? fopen(setting("FAULT_MPI_LOG"), "a") : NULL;
    if (log) {
      fprintf(log, "%s\n", call);
      fclose(log);
    }
  }
  if (calls == atol(setting("FAULT_MPI_AT")) && strcmp(when, setting("FAULT_MPI_WHEN")) == 0) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
}

#define WRAP(name, parameters, arguments)       \
  int MPI_##name parameters {                   \
    pass(#name, "before");                      \
    const int result = PMPI_##name arguments;   \
    pass(#name, "after");                       \
    return result;                              \
  }

WRAP(Allgather,
     (const void* out, int n, MPI_Datatype t, void* in, int m, MPI_Datatype u, MPI_Comm c),
     (out, n, t, in, m, u, c))
WRAP(Allgatherv,
     (const void* out, int n, MPI_Datatype t, void* in, const int m[], const int at[],
      MPI_Datatype u, MPI_Comm c),
     (out, n, t, in, m, at, u, c))
WRAP(Allreduce, (const void* out, void* in, int n, MPI_Datatype t, MPI_Op op, MPI_Comm c),
     (out, in, n, t, op, c))
WRAP(Bcast, (void* buffer, int n, MPI_Datatype t, int root, MPI_Comm c), (buffer, n, t, root, c))
WRAP(Barrier, (MPI_Comm c), (c))
WRAP(Send, (const void* out, int n, MPI_Datatype t, int to, int tag, MPI_Comm c),
     (out, n, t, to, tag, c))
WRAP(Recv, (void* in, int n, MPI_Datatype t, int from, int tag, MPI_Comm c, MPI_Status* s),
     (in, n, t, from, tag, c, s))
