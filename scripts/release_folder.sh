#!/usr/bin/env bash
# Installs another release of Debian or Ubuntu, with its SSH servers and clients, into build/releases/RELEASE:
#   scripts/release_folder.sh bullseye|bookworm|trixie|sid|noble...
# The zoo of tests/real_servers then plays its servers, too, and try_release.sh builds in it. Needs root,
# debootstrap, and an archive (MIRROR, or Debian's or Ubuntu's own). Nothing outside the folder is changed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# = 1 ] || { echo "usage: scripts/release_folder.sh RELEASE" >&2; exit 2; }
readonly release=$1 folder=$PWD/build/releases/$1 log=$PWD/build/release_folder.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh
if [ -x "$folder/usr/sbin/sshd" ]; then exit 0; fi

if ! command -v debootstrap >/dev/null; then
  echo "release_folder.sh: debootstrap is not installed" >&2
  exit 1
fi
mkdir -p "$(dirname "$folder")"
: >"$log"
case $release in
  focal | jammy | noble | resolute) mirror=${MIRROR:-http://archive.ubuntu.com/ubuntu} components=main,universe ;;
  *) mirror=${MIRROR:-http://deb.debian.org/debian} components=main ;;
esac

# Servers of programming languages' libraries: those that the release lacks are left out.
readonly libraries=(python3-asyncssh python3-paramiko python3-twisted rclone)
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
echo "release_folder.sh: installing $release into $folder"
quietly debootstrap --variant=minbase --components="$components" \
  --include=openssh-server,openssh-client,dropbear-bin,tinysshd,python3-minimal,libssh-4 "$release" "$work" "$mirror"
printf '#!/bin/sh\nexit 101\n' >"$work/usr/sbin/policy-rc.d"
chmod 755 "$work/usr/sbin/policy-rc.d"
for package in "${libraries[@]}"; do
  DEBIAN_FRONTEND=noninteractive chroot "$work" apt-get -q -y --no-install-recommends install "$package" \
    >>"$log" 2>&1 || echo "release_folder.sh: $release has no $package" >&2
done
quietly chroot "$work" apt-get clean
trap - EXIT
mv "$work" "$folder"
