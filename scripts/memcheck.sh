#!/usr/bin/env bash
# Passes the tests of the pure layers under valgrind: what is read without having been written, and
# what is lost. Those of loops and threads have the sanitizers (test.sh, threads.sh); confinement
# does not leave valgrind what it needs.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/memcheck.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh
readonly impure='*Worker*,*Scheduler*,*Resolver*,*SocketWatch*,*onfine*'

scripts/setup.sh --tests
: >"$log"
quietly cmake --preset dev
quietly cmake --build --preset dev --target inventory_tests scanner_tests reports_tests
for room in inventory scanner reports; do
  echo "memcheck.sh: $room"
  quietly valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
    "build/dev/tests/$room/${room}_tests" --test-case-exclude="$impure"
  grep -F '[doctest] assertions' "$log" | tail -n 1
done
