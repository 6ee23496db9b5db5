#!/usr/bin/env bash
# Sets up, builds and runs all tests. The linker compares the types of all files. The unit tests run
# twice: under the sanitizers for memory and undefined behavior, then, with everything else, as built
# for development. In between, each fuzz target runs for a second, always on the same inputs. The
# thread sanitizer (threads.sh), valgrind (memcheck.sh), longer fuzzing (fuzz.sh) and soaking (soak.sh)
# have scripts of their own.
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
  fuzz_replay_tests)

scripts/setup.sh --tests
: >"$log"
build odr
build asan --target "${unit_tests[@]}"
ctest --preset asan --parallel "$(nproc)" \
  --tests-regex '^(base|inventory|scanner|reports|commands|simulator|fuzz):'
if command -v clang++-14 >/dev/null; then
  build fuzz
  ctest --preset fuzz --parallel "$(nproc)"
else
  echo "test.sh: no clang 14: the fuzz targets only replay their seeds"
fi
build dev
ctest --preset dev --parallel "$(nproc)"
