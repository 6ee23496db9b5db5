#!/usr/bin/env bash
# Sets up, builds and passes all tests. The unit tests run twice: under the sanitizers for memory
# and undefined behaviour, then, with everything else, as built for development. Those of loops and
# threads run under the thread sanitizer, too.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/test.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh

build() {
  echo "test.sh: building $1"
  quietly cmake --preset "$1"
  quietly cmake --build --preset "$1"
}

scripts/setup.sh --tests
: >"$log"
build asan
ctest --preset asan --parallel "$(nproc)" --label-exclude 'real|end_to_end|perf|browser|distributed'
echo "test.sh: building tsan"
quietly cmake --preset tsan
quietly cmake --build --preset tsan --target scanner_tests
ctest --preset tsan --tests-regex '^scanner: ?(Worker|Scheduler|Resolver|SocketWatch)'
build dev
ctest --preset dev --parallel "$(nproc)"
