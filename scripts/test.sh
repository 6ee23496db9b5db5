#!/usr/bin/env bash
# Sets up, builds and runs all tests: scripts/test.sh [--quick]
# --quick builds for development only and leaves out what takes more than some seconds: real servers,
# faults, browsers, long nights.
#
# The unit tests run under the sanitizers, for memory and undefined behavior, beside each fuzz target
# for a second on always the same inputs. Everything else runs as built for development. The thread
# sanitizer (threads.sh), valgrind (memcheck.sh), longer fuzzing (fuzz.sh) and soaking (soak.sh) have
# scripts of their own.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/test.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh

build() {
  echo "test.sh: building $1"
  quietly cmake --preset "$1"
  quietly cmake --build --preset "$@"
}

readonly unit_tests='^(base|inventory|scanner|vantages|reports|commands|simulator|fuzz)[: ]'

case "$*" in
  "") quick=no ;;
  --quick) quick=yes ;;
  *) echo "usage: scripts/test.sh [--quick]" >&2; exit 2 ;;
esac

scripts/setup.sh --tests
: >"$log"
if [ $quick = yes ]; then
  build dev
  exec ctest --preset dev --parallel "$(nproc)" --label-exclude '^(slow|real|distributed|faults|chaos|browser|fuzz)$'
fi
if command -v clang++-19 >/dev/null; then
  sanitized=fuzz
else
  echo "test.sh: no clang 19: the fuzz targets only replay their seeds"
  sanitized=asan
fi
build $sanitized --target fuzzers unit_tests
ctest --preset $sanitized --parallel "$(nproc)" --tests-regex "$unit_tests"
build dev --target all
# Many wait for servers of their own. Those whose verdicts depend on milliseconds follow when the others are
# over, and are few at a time.
failed=0
ctest --preset dev --exclude-regex "$unit_tests" --label-exclude '^timing$' --parallel $(($(nproc) * 3 / 2)) || failed=1
ctest --preset dev --label-regex '^timing$' --parallel "$(nproc)" || failed=1
exit $failed
