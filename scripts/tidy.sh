#!/usr/bin/env bash
# Runs clang-tidy over the product, with the checks of .clang-tidy. Each header is read by itself, so
# that it has to include what it uses.
#
# usage: scripts/tidy.sh [--fix] [FILE...]
#
#   --fix  adds the includes that are missing, removes those that are not needed, and formats the
#          files it changes; the other checks do not run
#   FILE   only these sources and headers
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/tidy.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh

fix=no
if [ "${1-}" = --fix ]; then fix=yes; shift; fi
case "${1-}" in -*) echo "usage: scripts/tidy.sh [--fix] [FILE...]" >&2; exit 2 ;; esac

if ! command -v clang-tidy-19 >/dev/null; then
  echo "tidy.sh: no clang-tidy 19: the sources are not checked"
  exit 0
fi

# The flags that each file is compiled with, without precompiled headers, and the one header that is
# generated.
mkdir -p build
: >"$log"
quietly cmake --preset dev -B build/tidy -DFLEETSCAN_PRECOMPILED=OFF -DFLEETSCAN_UNITY=OFF
quietly cmake --build build/tidy --target fleetscan_revision

if [ $# -gt 0 ]; then
  files=("$@")
else
  mapfile -t rooms < <(sed -n 's/^\([a-z][^ ]*\).*/\1/p' scripts/rooms.txt)
  mapfile -t files < <(find "${rooms[@]}" -name '*.cc' -o -name '*.h' | grep -v '^base/precompiled.h$' | sort -u)
fi

fixes=$(mktemp -d)
trap 'rm -r "$fixes"' EXIT
export fix fixes

# The other checks see a header through the sources that include it.
tidy_one() {
  # The compiler's own warnings are for the compiler; clang does not know all of g++'s.
  local options=(-p build/tidy --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-w)
  if [ "$fix" = yes ] || [[ $1 == *.h ]]; then options+=('--checks=-*,misc-include-cleaner'); fi
  if [ "$fix" = yes ]; then options+=("--export-fixes=$fixes/${1//\//+}.yaml"); fi
  clang-tidy-19 "${options[@]}" "$1" 2>&1 | sed '/ \(warnings\?\|errors\?\) \(generated\|treated as errors\)/d'
  return "${PIPESTATUS[0]}"
}
export -f tidy_one

tidy_all() {
  # shellcheck disable=SC2016  # the inner shell expands it
  printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'tidy_one "$1"' tidy
}

if [ "$fix" = no ]; then
  tidy_all
  exit
fi
tidy_all >>"$log" || true  # what could not be repaired shows in the next run
quietly clang-apply-replacements-19 --ignore-insert-conflict "$fixes"
clang-format -i "${files[@]}"
