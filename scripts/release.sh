#!/usr/bin/env bash
# Makes everything that a release consists of, from the last commit, and uses each of it once:
#   scripts/release.sh [FOLDER]
# FOLDER (build/artifacts) is made anew: the static executable, the same with manual and completions as .tar.zst,
# .deb, .rpm, a container image, a formula for Homebrew, an APKBUILD, what is linked in (SPDX), SHA256SUMS. The same
# commit, compiler and libraries give the same bytes. HOMEPAGE says where it will be published. Needs
# `scripts/setup.sh --release`, and root, for the checks at the end (RELEASE_CHECKS=no leaves them out).
set -euo pipefail

folder=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../build/artifacts}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly log=$PWD/build/release.log packaging=scripts/packaging static=build/static
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh
for tool in rpmbuild zstd python3; do
  if ! command -v "$tool" >/dev/null; then
    echo "release.sh: $tool is not installed: scripts/setup.sh --release" >&2
    exit 1
  fi
done
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
  echo "release.sh: there are changes that no commit has" >&2
  exit 1
fi

revision=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
umask 022
version=$(sed -n 's/^project(fleetscan VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
readonly revision version
readonly name=fleetscan-$version-linux-x86_64
readonly archive=$name.tar.zst

setting() {
  sed -n "s/^FLEETSCAN_$1:STRING=//p" $static/CMakeCache.txt
}

build() {
  echo "release.sh: building $1"
  quietly_counting cmake --workflow --preset "$1"
}

# What users unpack: flat, with the completions in a folder.
pack_archive() {
  local work top
  work=$(mktemp -d)
  top=$work/fleetscan-$version
  install -D -m 755 "$folder/$name" "$top/fleetscan"
  install -m 644 README.md CHANGELOG.md LICENSE "$static/$packaging/fleetscan.1" "$top"
  install -m 644 "$static/$packaging/third_party" "$top/THIRD_PARTY"
  local shell
  for shell in bash zsh fish; do
    install -D -m 644 "$static/$packaging/completion.$shell" "$top/completions/fleetscan.$shell"
  done
  tar --create --directory="$work" --sort=name --format=ustar --owner=0 --group=0 --numeric-owner \
    --mtime="@$SOURCE_DATE_EPOCH" "fleetscan-$version" | zstd -q -19 -T1 -o "$folder/$archive"
  rm -r "$work"
}

sum() {
  "$1" "$folder/$archive" | cut -d ' ' -f 1
}

fill() {
  sed -e "s|@VERSION@|$version|g" -e "s|@HOMEPAGE@|$(setting HOMEPAGE)|g" -e "s|@ARCHIVE@|$archive|g" \
    -e "s|@MAINTAINER@|$(setting MAINTAINER)|g" -e "s|@SHA256@|$(sum sha256sum)|g" -e "s|@SHA512@|$(sum sha512sum)|g" "$1"
}

mkdir -p build
: >"$log"
rm -rf build/package "$folder"
mkdir -p "$folder"
for preset in release static; do
  quietly cmake --preset $preset ${HOMEPAGE:+-D FLEETSCAN_HOMEPAGE="$HOMEPAGE"}
done
build package
build rpm
install -m 644 build/package/*.deb build/package/*.rpm "$folder"
strip -o "$folder/$name" "$static/fleetscan"
pack_archive
fill $packaging/fleetscan.rb.in >"$folder/fleetscan.rb"
fill $packaging/APKBUILD.in >"$folder/APKBUILD"
$packaging/oci_image.py "$folder/$name" "$version" "$revision" "$folder/$name.oci.tar"
$packaging/linked.py sbom "$static" "$folder/$name" >"$folder/$name.spdx.json"
chmod -R u=rwX,go=rX "$folder"
(cd "$folder" && sha256sum -- * >"$log.sums" && mv "$log.sums" SHA256SUMS)

if [ "${RELEASE_CHECKS-}" != no ]; then
  echo "release.sh: using each of it"
  quietly cmake --workflow --preset demo  # whose simulated fleet is scanned
  # In namespaces: no packet leaves, and nothing stays mounted or running.
  unshare --net --mount --pid --fork --kill-child --mount-proc \
    python3 tests/end_to_end/artifacts_test.py "$folder" build/release/tests/simulator/fleet_simulator
fi
(cd "$folder" && ls -l -- *)
