#!/usr/bin/env bash
# Runs the tests of loops and threads under the thread sanitizer.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/threads.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh

scripts/setup.sh --tests
: >"$log"
quietly cmake --preset tsan
quietly cmake --build --preset tsan --target scanner_tests
ctest --preset tsan --tests-regex '^scanner: net/(worker|worker_pool|scheduler|resolver|socket_watch)$'
