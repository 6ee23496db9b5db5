#!/usr/bin/env bash
# Builds the release and measures it against the simulated fleet, floors and installed peers:
#   scripts/bench.sh [--rounds N] [--hosts N] [--largest N] [--json FILE]
# About ten minutes on an idle machine; whatever else runs on it makes the figures worse.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/bench.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh

scripts/setup.sh
: >"$log"
quietly cmake --preset release
quietly cmake --build build/release --target fleetscan fleet_simulator epoll_floor libssh2_loop
exec python3 tests/perf/bench.py build/release --json build/bench.json "$@"
