# shellcheck shell=bash
# What the job templates share; they source it from ECHELON_HOME, by default the folder where sbatch
# was called. Sets `repository` and what site.sh sets; nothing here needs to be edited.

repository=${ECHELON_HOME:-${SLURM_SUBMIT_DIR:-$PWD}}
# shellcheck source=mpi_jobs/site.sh
source "$repository/mpi_jobs/site.sh"
# shellcheck source=/dev/null
if [ -n "${ECHELON_SITE:-}" ]; then source "$ECHELON_SITE"; fi
if [ "${#site_modules[@]}" -gt 0 ]; then module load "${site_modules[@]}"; fi
if [ -z "$site_echelon" ]; then
  site_echelon=$repository/build/release/echelon
  [ -x "$site_echelon" ] || site_echelon=echelon
fi

# Prints a line that a reader of the job's output can find again.
note() { printf 'job %s: %s\n' "${SLURM_JOB_ID:-outside SLURM}" "$*" >&2; }

# Runs the program with the words given, on all ranks of the job, and returns its exit code. SLURM
# warns only this shell (--signal=B:USR1@seconds): the warning is passed on, the program commits.
run_echelon() {
  local code warned job
  note "${site_launcher[*]} $site_echelon $*"
  "${site_launcher[@]}" "$site_echelon" "$@" &
  job=$!
  trap 'warned=yes; note "warned: committing"; kill -USR1 "$job" 2>/dev/null' USR1
  while # a warning ends `wait` early; then the program still has to be waited for
    code=0 warned=no
    wait "$job" || code=$?
    [ "$warned" = yes ]
  do :; done
  trap - USR1
  return "$code"
}

# Ends the job with the exit code given; with 85 ("stopped, everything committed, run the same
# command again") the job goes back to the queue instead, unless it did so too often.
requeue_or_exit() {
  local code=$1 restarts=${SLURM_RESTART_COUNT:-0}
  if [ "$code" -ne 85 ]; then exit "$code"; fi
  if [ "$restarts" -ge "$site_most_restarts" ]; then
    note "still not complete after $restarts restarts: giving up (site_most_restarts)"
    exit "$code"
  fi
  note "back to the queue, restart $((restarts + 1)) of at most $site_most_restarts"
  scontrol requeue "$SLURM_JOB_ID" || exit "$code"
  sleep 120 # SLURM ends this script meanwhile
  exit "$code"
}

# Ends the job at once with a message when the words after it are fewer than needed.
need() {
  local count=$1 usage=$2
  shift 2
  if [ "$#" -ge "$count" ]; then return; fi
  note "usage: sbatch $usage"
  exit 64
}
