#!/usr/bin/env bash
# Builds this tree on another release of the distribution, in a folder, and plays its real SSH servers there:
#   scripts/try_release.sh bookworm|trixie|noble
# Set-up as a user would run it (scripts/setup.sh), the release build with its tests, and then, in a network
# namespace of their own, the tests of the key exchange and the zoo. On Debian 13 that is OpenSSL 3.5: ML-KEM
# against a real OpenSSH 10. Needs root and what release_folder.sh needs; the machine itself is not changed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1-} in
  bookworm | trixie | noble) readonly release=$1 ;;
  *) echo "usage: scripts/try_release.sh bookworm|trixie|noble" >&2; exit 2 ;;
esac
readonly log=$PWD/build/try_release.log folder=$PWD/build/releases/$release inside=/root/fleetscan
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh

scripts/release_folder.sh "$release"
: >"$log"
mkdir -p "$folder$inside"
git ls-files -z | tar --null --files-from=- --create | tar --extract --directory="$folder$inside"

# What a command mounts and starts ends with it: within WORDS... runs them in the release's copy of this tree,
# with OPTIONS of unshare before them if there are any.
# shellcheck disable=SC2016  # the inner shell expands it
readonly chrooted='
  mount -t proc proc "$1/proc"
  mount --bind /dev "$1/dev"
  folder=$1 inside=$2
  shift 2
  exec chroot "$folder" env --ignore-environment --chdir="$inside" HOME=/root LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"'
within() {
  unshare "${options[@]}" --mount --pid --fork --kill-child sh -euc "$chrooted" sh "$folder" "$inside" "$@"
}
options=()

echo "try_release.sh: setting up $release"
quietly within apt-get -q update
quietly within scripts/setup.sh
quietly within apt-get -q -y --no-install-recommends install doctest-dev librapidcheck-dev python3 git \
  iproute2 procps mount nftables haproxy xinetd
echo "try_release.sh: building, with $(within sh -c 'c++ --version | head -n 1')"
quietly within cmake --preset dev
quietly_counting within cmake --build --preset dev --target fleetscan scanner_tests
within build/dev/fleetscan --version

options=(--net)  # from here on no packet leaves
echo "try_release.sh: the key exchange, against known answers and both engines"
within build/dev/tests/scanner/scanner_tests --test-case='*exchange*,*host key*,*public_key*'
echo "try_release.sh: the zoo"
within python3 tests/real_servers/zoo_test.py "$inside/build/dev/fleetscan"
