#!/usr/bin/env bash
# Sets up, builds and runs all tests. The linker compares the types of all files. The unit tests run
# twice: under the sanitizers for memory and undefined behavior, beside each fuzz target for a second
# on always the same inputs; then, with everything else, as built for development. The thread
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

readonly unit_tests=(base_tests inventory_tests scanner_tests reports_tests commands_tests simulator_tests
  vantages_tests fuzz_replay_tests)

scripts/setup.sh --tests
: >"$log"
build odr
if command -v clang++-19 >/dev/null; then
  sanitized=fuzz
else
  echo "test.sh: no clang 19: the fuzz targets only replay their seeds"
  sanitized=asan
fi
build $sanitized --target fuzzers "${unit_tests[@]}"
ctest --preset $sanitized --parallel "$(nproc)" \
  --tests-regex '^(base|inventory|scanner|vantages|reports|commands|simulator|fuzz)[: ]'
build dev
ctest --preset dev --parallel "$(nproc)"
