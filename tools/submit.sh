#!/usr/bin/env bash
# Submits a run to SLURM: chooses the template in mpi_jobs/ and the number of ranks, says what it is
# about to do, and does it. Site settings are in mpi_jobs/site.sh.
set -euo pipefail

usage() {
  cat <<'END'
usage: tools/submit.sh [options] CONFIG [-- options of `echelon run`]

  --out DIR          run directory (default: runs/ and the name of CONFIG)
  --ranks N          ranks in all (default: the largest number up to a node's cores that deals the
                     replicas evenly)
  --nodes N          spread them over N nodes (mpi_jobs/many_nodes.sbatch)
  --array SPEC       one run per seed, e.g. 1-8 (mpi_jobs/array.sbatch); DIR gets a run of each
  --chain N          N jobs one after the other, where jobs may not requeue (mpi_jobs/chain.sbatch)
  --time T           time limit, e.g. 12:00:00       --partition P
  --account A        instead of the one in the template; SBATCH_ACCOUNT in the environment does the same
  --dry-run          only say what would be done
END
}

die() {
  printf 'submit: %s\n' "$*" >&2
  exit 64
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --dry-run) dry_run=yes ;;
      --help | -h) usage; exit 0 ;;
      --) shift; run_options=("$@"); break ;;
      --out | --ranks | --nodes | --array | --chain | --time | --partition | --account)
        [ $# -ge 2 ] || die "$1 needs a value"
        printf -v "${1#--}" '%s' "$2"
        shift ;;
      -*) die "unknown option '$1' (tools/submit.sh --help lists them)" ;;
      *) [ -z "$config" ] || die "two configurations, '$config' and '$1' (one run at a time)"
        config=$1 ;;
    esac
    shift
  done
  [ -n "$config" ] || { usage >&2; exit 64; }
  for number in "$ranks" "$nodes" "$chain"; do
    [[ "$number" =~ ^([1-9][0-9]*)?$ ]] || die "'$number' is not a number of ranks, nodes or jobs"
  done
}

# The value of KEY in the resolved configuration.
setting() { sed -n "/^\[$1\]/,/^\[/s/^$2 = *//p" <<<"$resolved"; }

rungs_of_ladder() {
  local rungs betas table
  rungs=$(setting ladder rungs) betas=$(setting ladder betas) table=$(setting ladder table)
  if [ -n "$betas" ]; then rungs=$(tr , '\n' <<<"$betas" | wc -l); fi
  if [ -n "$table" ]; then rungs=$(tr ';' '\n' <<<"$table" | wc -l); fi # a line each, joined
  if [ "$rungs" = auto ]; then rungs=8; fi # where such a ladder starts
  printf '%s\n' "$rungs"
}

cores_of_a_node() { sinfo --noheader --format=%c 2>/dev/null | tr -d + | sort -n | head -n 1; }

# The largest number of ranks up to $2 that deals $1 replicas evenly.
even_ranks() {
  local ranks=$(($1 < $2 ? $1 : $2))
  while [ $(($1 % ranks)) -ne 0 ]; do ranks=$((ranks - 1)); done
  printf '%s\n' "$ranks"
}

# shellcheck disable=SC2034  # read by name
dry_run='' config='' out='' ranks='' nodes='' array='' chain='' time='' partition='' account=''
run_options=()
read_arguments "$@"
ECHELON_HOME=$(cd "$(dirname "$0")/.." && pwd)
export ECHELON_HOME
source "$ECHELON_HOME/mpi_jobs/job.sh"
# Here only a look at the configuration: a mistake in it shows now, not when the job starts.
only_set=()
for ((i = 0; i + 1 < ${#run_options[@]}; i++)); do
  if [ "${run_options[i]}" = --set ]; then only_set+=(--set "${run_options[i + 1]}"); fi
done
resolved=$("$site_echelon" config "$config" "${only_set[@]}")

rungs=$(rungs_of_ladder) ladders=$(setting ladder ladders)
replicas=$((rungs * ladders))
cores=$(cores_of_a_node)
ranks=${ranks:-$(even_ranks "$replicas" $((${nodes:-1} * ${cores:-8})))}

words=() times=1
if [ -n "$array" ]; then
  template=array words=(--array "$array" --ntasks "$ranks")
elif [ -n "$chain" ]; then
  template=chain words=(--ntasks "$ranks") times=$chain
elif [ "${nodes:-1}" -gt 1 ]; then
  [ $((ranks % nodes)) -eq 0 ] || die "$ranks ranks do not spread evenly over $nodes nodes (--ranks)"
  template=many_nodes words=(--nodes "$nodes" --ntasks-per-node $((ranks / nodes)))
else
  template=long_run words=(--ntasks "$ranks")
fi
name=$(basename "${config%.cfg}")
out=${out:-runs/$name}
words+=(--job-name "$name")
for option in time partition account; do
  if [ -n "${!option}" ]; then words+=("--$option" "${!option}"); fi
done
if [ "$template" = array ] && [ "${#run_options[@]}" -gt 0 ]; then
  die "--array takes no options of \`echelon run\` (put the settings into CONFIG)"
fi
command=(sbatch "${words[@]}" "$ECHELON_HOME/mpi_jobs/$template.sbatch" "$config" "$out" "${run_options[@]}")

printf 'run         %s in %s\n' "$config" "$out" >&2
if "$site_echelon" status "$out" >/dev/null 2>&1; then
  printf 'goes on     %s\n' "$("$site_echelon" status "$out" 2>/dev/null | head -n 1)" >&2
fi
printf 'replicas    %s (%s rungs, %s ladders) on %s ranks\n' "$replicas" "$rungs" "$ladders" "$ranks" >&2
printf 'launcher    %s\n' "${site_launcher[*]} $site_echelon" >&2
printf 'command    %s' "$([ "$times" -eq 1 ] || printf ' %s times:' "$times")" >&2
printf ' %q' "${command[@]}" >&2
printf '\n' >&2
if [ -n "$dry_run" ]; then exit 0; fi
for ((i = 0; i < times; i++)); do "${command[@]}"; done
