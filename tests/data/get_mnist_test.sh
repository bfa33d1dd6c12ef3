#!/usr/bin/env bash
# get_mnist_test.sh SCRIPT: tools/get_mnist.sh against a web server on this machine.
# shellcheck disable=SC2016,SC2034,SC2317,SC2001,SC2012
# (the conditions are text that check() evaluates)
set -euo pipefail

script=$1
if [ -z "${ECHELON_MNIST_DIR:-}" ]; then
  echo "skipped: ECHELON_MNIST_DIR is not set"
  exit 77
fi
export no_proxy=127.0.0.1
work=$(mktemp -d)
mkdir "$work/site"
cp "$ECHELON_MNIST_DIR"/*-ubyte.gz "$work/site"
chmod u+w "$work/site"/*
coproc server { exec python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$work/site" 2> "$work/log"; }
server_id=$!
trap 'kill "$server_id"; rm -rf "$work"' EXIT
read -r greeting <&"${server[0]}"
port=$(sed 's/.* port \([0-9]*\) .*/\1/' <<< "$greeting")
http=http://127.0.0.1:$port
first=train-images-idx3-ubyte.gz
labels=train-labels-idx1-ubyte.gz

failures=0
check() {
  if ! eval "$2"; then
    echo "FAILED: $1 ($2)"
    failures=$((failures + 1))
  fi
}
# Runs the script; its exit code in $code, what it said in $said.
get() { code=0; said=$("$script" "$@" 2>&1) || code=$?; }
all_good() {
  for name in "$work"/site/*; do cmp -s "$name" "$1/$(basename "$name")" || return 1; done
  [ "$(ls -A "$1" | wc -l)" -eq 4 ]
}
requests() { grep -c GET "$work/log" || true; }

get "$work/a b" "$http/"
check "a download into a new folder" '[ $code -eq 0 ] && all_good "$work/a b"'
before=$(requests)
get "$work/a b" "$http"
check "good files are left alone" '[ $code -eq 0 ] && [ "$(requests)" -eq "$before" ] && all_good "$work/a b"'

echo damage >> "$work/a b/$labels"
get "$work/a b" "$http"
check "a damaged file is replaced" '[ $code -eq 0 ] && grep -q "replacing a damaged" <<< "$said" && all_good "$work/a b"'

mkdir "$work/c"
head -c 1000000 "$work/site/$first" > "$work/c/.$first.part"
get "$work/c" "file://$work/site"
check "an interrupted download goes on" '[ $code -eq 0 ] && all_good "$work/c"'

mkdir "$work/d"
head -c 1000000 "$work/site/$first" > "$work/d/.$first.part"
get "$work/d" "$http"
check "without ranges it starts again" '[ $code -eq 0 ] && all_good "$work/d"'

mkdir "$work/e"
{ head -c 999999 "$work/site/$first"; printf X; } > "$work/e/.$first.part"
get "$work/e" "file://$work/site"
check "a resumed file is checked as a whole" '[ $code -eq 65 ] && [ -z "$(ls -A "$work/e")" ]'
get "$work/e" "file://$work/site"
check "and the next attempt is clean" '[ $code -eq 0 ] && all_good "$work/e"'

printf X | dd of="$work/site/$labels" bs=1 seek=100 conv=notrunc status=none
get "$work/f" "$http"
check "a corrupted file is refused" '[ $code -eq 65 ]'
check "naming the file and both sums" 'grep -q "$labels.*SHA-256 [0-9a-f]\{64\} (expected 3552534a" <<< "$said"'
check "and not kept" '[ "$(ls -A "$work/f")" = "$first" ]'

rm "$work/site/$labels"
get "$work/g" "$http"
check "a missing file is named" '[ $code -eq 69 ] && grep -q "$http/$labels" <<< "$said"'
get "$work/g" "http://127.0.0.1:1"
check "no server is an error" '[ $code -eq 69 ]'
get
check "usage" '[ $code -eq 64 ] && grep -q "usage:" <<< "$said"'
echo file > "$work/h"
get "$work/h" "$http"
check "a folder that cannot be" '[ $code -eq 73 ]'

[ "$failures" -eq 0 ] && echo "all good"
exit "$((failures > 0))"
