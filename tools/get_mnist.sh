#!/usr/bin/env bash
# Fetches the four MNIST files into DIR, checks their SHA-256, and leaves what is already good alone.
# Interrupted downloads go on where they stopped when the command is repeated.
# Exit codes: 0 done, 64 usage, 65 wrong checksum, 69 download failed, 73 DIR not usable.
set -euo pipefail

default_url=https://storage.googleapis.com/cvdf-datasets/mnist
files=(
  "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609 train-images-idx3-ubyte.gz"
  "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c train-labels-idx1-ubyte.gz"
  "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6 t10k-images-idx3-ubyte.gz"
  "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6 t10k-labels-idx1-ubyte.gz"
)

die() {
  local code=$1
  shift
  echo "get_mnist: $*" >&2
  exit "$code"
}

checksum() { sha256sum < "$1" | cut -d ' ' -f 1; }

# Downloads $1 to the file $2, going on with what is there if the server can.
download() {
  local url=$1 part=$2 status=0
  local curl=(curl --fail --location --silent --show-error --connect-timeout 30
    --speed-limit 1000 --speed-time 60 --output "$part")
  "${curl[@]}" --continue-at - "$url" || status=$?
  # 33, 36: the server cannot resume; 22 may be "416 range not satisfiable".
  if [ -s "$part" ] && { [ "$status" -eq 33 ] || [ "$status" -eq 36 ] || [ "$status" -eq 22 ]; }; then
    rm -f -- "$part"
    status=0
    "${curl[@]}" "$url" || status=$?
  fi
  [ "$status" -eq 0 ] ||
    die 69 "cannot download '$url' (curl exit code $status); repeat the command to go on, or give another BASE_URL"
}

fetch() {
  local expected=$1 name=$2
  local target=$dir/$name part=$dir/.$name.part found
  if [ -e "$target" ]; then
    found=$(checksum "$target")
    if [ "$found" = "$expected" ]; then
      echo "$name: already there"
      return
    fi
    echo "$name: replacing a damaged file (SHA-256 $found, expected $expected)" >&2
  fi
  download "$url/$name" "$part"
  found=$(checksum "$part")
  if [ "$found" != "$expected" ]; then
    rm -f -- "$part"
    die 65 "'$url/$name' has SHA-256 $found (expected $expected); nothing was kept"
  fi
  sync -- "$part"
  mv -f -- "$part" "$target"
  echo "$name: done"
}

if [ $# -lt 1 ] || [ $# -gt 2 ] || [ -z "$1" ] || [ "${1#-}" != "$1" ]; then
  echo "usage: get_mnist.sh DIR [BASE_URL]     (default BASE_URL: $default_url)" >&2
  exit 64
fi
dir=$1
url=${2:-$default_url}
url=${url%/}
for command in curl sha256sum flock; do
  command -v "$command" > /dev/null || die 69 "the program '$command' is not installed"
done
mkdir -p -- "$dir" || die 73 "cannot create the folder '$dir'"
[ -w "$dir" ] || die 73 "cannot write to the folder '$dir'"
exec 9< "$dir"
flock --nonblock 9 || die 73 "another get_mnist.sh is at work in '$dir'"
for file in "${files[@]}"; do
  fetch "${file%% *}" "${file##* }"
done
