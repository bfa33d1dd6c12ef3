/* Preloaded into the ranks of a job: makes something go wrong on one rank at its n-th call of MPI.
     FAULT_RANK      which rank; the others are left alone
     FAULT_MPI_AT    which call, from 1
     FAULT_MPI_WHEN  before | after the call
     FAULT_MPI_KIND  kill   the rank dies at once (the default)
                     fail   the call is not made and returns an error
                     abort  the rank aborts, as a failed assertion would
                     memory from now on the rank gets no more memory
     FAULT_MPI_LOG   file that gets one line per call of that rank, e.g. "Allreduce" */
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

/* No mapping and no growth of the heap beyond what is in use now. */
static void starve(void) {
  long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%ld", &pages) != 1) abort();
  fclose(file);
  const struct rlimit limit = {(rlim_t)(pages * sysconf(_SC_PAGESIZE)), RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &limit);
}

/* Whether the call is to fail. */
static int pass(const char* call, const char* when) {
  if (!chosen()) return 0;
  if (strcmp(when, "before") == 0) {
    ++calls;
    FILE* log = *setting("FAULT_MPI_LOG") ? fopen(setting("FAULT_MPI_LOG"), "a") : NULL;
    if (log) {
      fprintf(log, "%s\n", call);
      fclose(log);
    }
  }
  if (calls != atol(setting("FAULT_MPI_AT")) || strcmp(when, setting("FAULT_MPI_WHEN")) != 0)
    return 0;
  const char* kind = setting("FAULT_MPI_KIND");
  if (strcmp(kind, "fail") == 0) return 1;
  if (strcmp(kind, "abort") == 0) abort();
  if (strcmp(kind, "memory") == 0) {
    starve();
    return 0;
  }
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

#define WRAP(name, parameters, arguments)                 \
  int MPI_##name parameters {                             \
    if (pass(#name, "before")) return MPI_ERR_OTHER;      \
    const int result = PMPI_##name arguments;             \
    return pass(#name, "after") ? MPI_ERR_OTHER : result; \
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
WRAP(Comm_split, (MPI_Comm c, int color, int key, MPI_Comm* part), (c, color, key, part))
WRAP(Comm_split_type, (MPI_Comm c, int type, int key, MPI_Info info, MPI_Comm* part),
     (c, type, key, info, part))
WRAP(Win_allocate_shared,
     (MPI_Aint size, int unit, MPI_Info info, MPI_Comm c, void* base, MPI_Win* window),
     (size, unit, info, c, base, window))
