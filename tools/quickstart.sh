#!/usr/bin/env bash
# Builds Echelon and runs the demo on two ranks: installs what is missing, prints the run's summary
# and where it is. Usage: tools/quickstart.sh [RUN_DIRECTORY]
set -euo pipefail
run=${1:+$(realpath -m -- "$1")}
cd "$(dirname "$0")/.."
run=${run:-runs/demo}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs a step quietly; shows what it printed only if it fails.
step() {
  printf '%s ...\n' "$1" >&2
  "${@:2}" >"$log" 2>&1 || { cat "$log" >&2; printf 'quickstart: failed: %s\n' "$1" >&2; exit 1; }
}

tools/install_dependencies.sh
step 'Configuring' cmake --preset release
step 'Building the program (a minute or two the first time)' cmake --build --preset release --target echelon

# Open MPI wants to be told twice that root means it; a desktop or container may have one core.
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
if [ "$(nproc)" -lt 2 ]; then
  export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
fi
echelon=build/release/echelon
mpirun -n 2 "$echelon" run mpi_jobs/demo.cfg --out "$run"
cat >&2 <<EOF

Next:  $echelon status $run        the ladder, acceptance, convergence
       $echelon verify $run        check every byte
       $echelon --help             all commands; mpi_jobs/ holds more configurations
EOF
