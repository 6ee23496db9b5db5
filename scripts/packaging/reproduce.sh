#!/usr/bin/env bash
# Builds the Debian package of the last commit twice, or with `release` everything that scripts/release.sh makes, in
# fresh clones that share nothing but this machine's compiler and libraries, and checks that both are identical.
# Where libssh2 is linked in, it is built twice as well. Takes as long as two builds, or four.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
case ${1-package} in
  package | release) readonly what=${1-package} ;;
  *) echo "usage: scripts/packaging/reproduce.sh [package|release]" >&2; exit 2 ;;
esac
readonly log=$PWD/build/reproduce.log source=$PWD
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh
mkdir -p build
: >"$log"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() {  # build FOLDER UMASK TIME-ZONE LANGUAGE JOBS
  echo "reproduce.sh: building in $work/$1"
  (
    umask "$2"
    export TZ=$3 LC_ALL=$4 CMAKE_BUILD_PARALLEL_LEVEL=$5 HOME=$work/$1.home CCACHE_DISABLE=1
    unset SOURCE_DATE_EPOCH
    mkdir -p "$HOME" "$(dirname "$work/$1")"
    quietly git clone --no-local "$source" "$work/$1"
    cd "$work/$1"
    quietly scripts/setup.sh
    if [ "$what" = release ]; then
      quietly env RELEASE_CHECKS=no scripts/release.sh
    else
      quietly cmake --workflow --preset package
    fi
  )
}

# The local dates in these two zones always differ.
build one 022 '<east>-14' C 2
build another/folder/with-a-longer-name 027 '<west>+12' C.UTF-8 3

if [ "$what" = release ]; then
  sums=build/artifacts/SHA256SUMS
  cat "$work/one/$sums"
  diff "$work/one/$sums" "$work/another/folder/with-a-longer-name/$sums"
  echo "reproduce.sh: identical, $(git rev-parse --short=12 HEAD)"
  exit 0
fi
first=$(echo "$work"/one/build/package/*.deb)
second=$(echo "$work"/another/folder/with-a-longer-name/build/package/*.deb)
(cd "$work" && sha256sum "${first#"$work"/}" "${second#"$work"/}")
if cmp -s "$first" "$second"; then
  echo "reproduce.sh: identical, $(git rev-parse --short=12 HEAD)"
else
  diff <(ar tv "$first") <(ar tv "$second") || true
  diff <(dpkg-deb --contents "$first") <(dpkg-deb --contents "$second") || true
  dpkg-deb --raw-extract "$first" "$work/first"
  dpkg-deb --raw-extract "$second" "$work/second"
  diff -rq "$work/first" "$work/second" || true
  echo "reproduce.sh: NOT identical"
  exit 1
fi
