#!/usr/bin/env bash
# Installs Echelon's build and test dependencies on Debian 12; elsewhere lists what is missing.
set -euo pipefail

packages=(g++ cmake ninja-build pkg-config openmpi-bin libopenmpi-dev libeigen3-dev libhdf5-dev hdf5-tools
  libboost-program-options-dev librandom123-dev libxxhash-dev libfmt-dev nlohmann-json3-dev
  zlib1g-dev libgtest-dev libbenchmark-dev curl procps
  python3 python3-numpy python3-h5py python3-xarray python3-netcdf4 python3-matplotlib
  slurm-wlm munge shellcheck)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! grep -q '^VERSION_ID="12"' /etc/os-release 2>/dev/null || ! grep -q '^ID=debian' /etc/os-release; then
  cat >&2 <<END
This is not Debian 12. Please install the equivalents of: ${missing[*]}
(or what of them tools/guides/install.md names as needed, and build as it says)
END
  exit 69
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Please install as root: apt-get install ${missing[*]}" >&2; exit 69; }
  as_root=(sudo)
fi
echo "Installing: ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# apt says a line per package; all of it matters only when it fails.
{
  "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
} >"$log" 2>&1 || { cat "$log" >&2; echo 'Installing failed: see above; nothing was built.' >&2; exit 69; }
