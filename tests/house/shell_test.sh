#!/usr/bin/env bash
# Every shell script of the repository, shipped to clusters or not, passes shellcheck: no expansion
# without quotes, no use of what was never set.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v shellcheck >/dev/null || { echo 'skipped: shellcheck is not installed'; exit 77; }
mapfile -d '' scripts < <(find .ci tools mpi_jobs tests -type f \
  \( -name '*.sh' -o -name '*.sbatch' -o -name '*.bash' -o -path '.ci/run' \) -print0)
shellcheck -x "${scripts[@]}"
echo "${#scripts[@]} scripts pass"
