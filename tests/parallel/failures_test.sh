#!/bin/sh
# failures_test.sh MPIEXEC FAILING_JOB ONE_RANK_FAILS: one rank's failure ends the whole job, at
# once, with the documented code, and a failed expectation on any rank fails the test program.
mpiexec=$1 job=$2 program=$3
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
export ASAN_OPTIONS=detect_leaks=0  # of the MPI library
status=0

# expect CODE TEXT COMMAND...: runs it on 2 ranks; CODE "+" stands for any but 0 and 124 (timeout).
expect() {
  code=$1 text=$2
  shift 2
  output=$(timeout -k 10 60 "$mpiexec" --oversubscribe -n 2 "$@" 2>&1)
  got=$?
  case "$code:$got" in
    +:0 | +:124) echo "$*: exit code $got"; status=1 ;;
    +:*) ;;
    *) [ "$code" = "$got" ] || { echo "$*: exit code $got instead of $code"; status=1; } ;;
  esac
  case "$output" in
    *"$text"*) ;;
    *) echo "$*: no '$text' in: $output"; status=1 ;;
  esac
}

expect 0 "" "$job" exit
expect 70 "" "$job" throw
expect 66 "" "$job" abort
expect 0 "PASSED" "$program"
export ECHELON_TEST_FAILURE=expect
expect + "rank 1: " "$program"
export ECHELON_TEST_FAILURE=throw
expect + "rank 1: thrown on purpose" "$program"
exit $status
