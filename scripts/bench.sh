#!/usr/bin/env bash
# Builds the release and measures it on the simulated fleet, beside floors and installed peers:
#   scripts/bench.sh [--rounds N] [--hosts N] [--largest N] [--only PART...]
# Prints a table, writes build/bench.json and, when all parts were measured, docs/performance.md.
# Takes about ten minutes on an idle machine; anything else that runs makes the figures worse.
# Exits with status 1 if a figure is beyond its limit.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/bench.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh

scripts/setup.sh
: >"$log"
quietly cmake --preset release
quietly cmake --build build/release --target fleetscan fleet_simulator epoll_floor exchange_floor libssh2_loop
status=0
python3 tests/perf/bench.py build/release --json build/bench.json "$@" || status=$?
[ "$status" -le 1 ] || exit "$status"
python3 tests/perf/performance_page.py build/bench.json docs/performance.md
exit "$status"
