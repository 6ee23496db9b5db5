#!/usr/bin/env bash
# Installs the Debian package into a fresh system in a folder, uses it there as a user would, and purges it:
#   scripts/packaging/try_package.sh [PACKAGE.deb]
# Without a package, builds it first. Needs root, mmdebstrap, lintian, and an archive to install from; the
# machine itself is not changed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly log=$PWD/build/try_package.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh

for tool in mmdebstrap lintian; do
  if ! command -v "$tool" >/dev/null; then
    echo "try_package.sh: $tool is not installed" >&2
    exit 1
  fi
done
mkdir -p build
: >"$log"
echo "try_package.sh: building"
quietly cmake --workflow --preset demo  # whose simulated fleet is scanned
package=${1-}
if [ -z "$package" ]; then
  rm -f build/package/*.deb
  quietly cmake --workflow --preset package
  package=$(echo build/package/*.deb)
fi
lintian --fail-on error,warning --allow-root "$package"

system=$(mktemp -d)
trap 'rm -rf "$system"' EXIT
chmod 755 "$system"
codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
needed=$(dpkg-deb --field "$package" Depends | sed -e 's/([^)]*)//g' -e 's/ //g')
echo "try_package.sh: a fresh $codename in $system"
quietly mmdebstrap --variant=minbase --include="$needed,man-db,bash-completion,systemd" "$codename" "$system"
cp "$package" "$system/fleetscan.deb"
# In namespaces: no packet leaves, and nothing stays mounted or running.
unshare --net --mount --pid --fork --kill-child \
  python3 tests/end_to_end/installed_package_test.py "$system" build/release/tests/simulator/fleet_simulator
