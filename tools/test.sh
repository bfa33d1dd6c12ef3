#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test that belongs to a push.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/install_dependencies.sh
cmake --preset release
cmake --build --preset release
ctest --preset release
