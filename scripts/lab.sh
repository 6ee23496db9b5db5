#!/usr/bin/env bash
# Plays the laboratory of real servers and real faults, and prints how often the diagnosis names
# their true cause: lab.sh [REGULAR-EXPRESSION of the scenarios]. Needs root.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/lab.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh

mkdir -p build
: >"$log"
quietly cmake --preset release
quietly cmake --build --preset release --target fleetscan
python3 tests/real_servers/matrix.py "$PWD/build/release/fleetscan" "$@"
