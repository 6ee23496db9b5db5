#!/usr/bin/env bash
# Installs what fleetscan is built from on Debian 12 or newer and Ubuntu 24.04 or newer; with --tests, also
# what its tests need, with --release, what scripts/release.sh needs. Installs only what is missing, with apt;
# run as root or with sudo.
#
# What only some tests need may be unavailable: the script says which, and those tests are skipped.
#
# libssh2 must be 1.11 or newer. Where the distribution's is older, the source package of its next
# release is fetched with apt, which checks its signature, and built statically into build/libssh2.
set -euo pipefail

tests=no release=no
case "${1-}" in
  '') ;;
  --tests) tests=yes ;;
  --release) release=yes ;;
  *) echo "usage: scripts/setup.sh [--tests|--release]" >&2; exit 2 ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly libssh2=build/libssh2 libssh2_version=1.11
readonly archive_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
readonly log=$PWD/build/setup.log
# shellcheck source=scripts/quietly.sh
source scripts/quietly.sh
mkdir -p build

build_packages=(
  g++ cmake ninja-build pkg-config
  libuv1-dev libc-ares-dev libfmt-dev nlohmann-json3-dev libcli11-dev zlib1g-dev libzstd-dev libsqlite3-dev
  libyaml-cpp-dev libssl-dev libsodium-dev libseccomp-dev libxxhash-dev libpugixml-dev
  libtomlplusplus-dev libcurl4-openssl-dev
  scdoc dpkg-dev file
)
release_packages=(rpm zstd python3 git binutils lintian rpmlint skopeo umoci strace iproute2 mount)
test_packages=(doctest-dev librapidcheck-dev python3)
# Some tests depend on each of these.
optional_packages=(
  openssh-server openssh-client dropbear-bin tinysshd putty-tools nftables iproute2 procps mount
  python3-asyncssh python3-paramiko python3-twisted libssh-4 erlang-ssh rclone sshesame proftpd-mod-crypto endlessh
  golang-go golang-golang-x-crypto-dev golang-github-gliderlabs-ssh-dev golang-github-pires-go-proxyproto-dev
  haproxy nginx libnginx-mod-stream xinetd fail2ban iptables dante-server microsocks squid tinyproxy-bin
  busybox mksh shellcheck socat
  ansible-core clustershell nmap strace
  faketime
  parallel rsync slurmctld slurmd slurm-client munge python3-yaml python3-kubernetes
  chromium libxml2-utils systemd
  clang-19 libclang-rt-19-dev clang-tidy-19 clang-format gcovr valgrind
  lintian man-db bash-completion zsh fish
)
# A Node from another source includes npm, and would conflict with the distribution's.
if ! command -v npm >/dev/null; then optional_packages+=(nodejs npm); fi

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@"
}

lists_are_fresh=no
refresh_lists() {
  if [ "$lists_are_fresh" = no ]; then quietly apt_get update; fi
  lists_are_fresh=yes
}

missing() {
  local package
  for package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      echo "$package"
  done
}

# Tests need the programs of sshd, HAProxy, Slurm and others, not their services: nothing is started
# while they are installed, and afterwards they are not enabled. An existing policy-rc.d is left in
# charge.
install_without_starting() {
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    install_packages "$@"
    as_root rm -f "$policy"
    trap - EXIT
  else
    install_packages "$@"
  fi
  if [ -d /run/systemd/system ]; then
    as_root systemctl --quiet disable ssh.service ssh.socket munge.service slurmctld.service \
      slurmd.service haproxy.service nginx.service xinetd.service fail2ban.service proftpd.service endlessh.service \
      danted.service squid.service \
      >>"$log" 2>&1 || true
  fi
  echo "setup.sh: installed servers for the tests; none is started"
}

install_packages() {
  quietly apt_get install --no-install-recommends "$@"
}

ensure_packages() {
  local wanted
  mapfile -t wanted < <(missing "$@")
  [ ${#wanted[@]} -gt 0 ] || return 0
  echo "setup.sh: installing ${wanted[*]}"
  refresh_lists
  case " ${wanted[*]} " in
    *' openssh-server '* | *' munge '* | *' slurmctld '* | *' slurmd '* | *' haproxy '* | *' nginx '* | \
      *' xinetd '* | *' fail2ban '* | *' proftpd-mod-crypto '* | *' endlessh '* | *' dante-server '* | *' squid '*)
      install_without_starting "${wanted[@]}"
      ;;
    *) install_packages "${wanted[@]}" ;;
  esac
}

# The version that apt would install, if it knows the package.
candidate() {
  apt-cache policy "$1" | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'
}

# optional LACK COMMAND...: runs what only some tests need. If it fails, LACK says what that means.
optional() {
  local lack=$1
  shift
  if ! (
    # shellcheck disable=SC2317  # the command calls it
    quietly() { "$@" >>"$log" 2>&1 || exit 1; }
    "$@"
  ); then
    rm -rf build/*.work
    echo "setup.sh: $lack (why: $log)" >&2
  fi
}

ensure_optional_packages() {
  local package wanted known=() unknown=()
  mapfile -t wanted < <(missing "$@")
  [ ${#wanted[@]} -gt 0 ] || return 0
  optional "the lists of packages may be old" refresh_lists
  for package in "${wanted[@]}"; do
    if [ -n "$(candidate "$package")" ]; then known+=("$package"); else unknown+=("$package"); fi
  done
  if [ ${#unknown[@]} -gt 0 ]; then
    echo "setup.sh: not available: ${unknown[*]}; tests that need them will be skipped" >&2
  fi
  if [ ${#known[@]} -gt 0 ]; then
    optional "not installed: ${known[*]}; tests that need them will be skipped" \
      ensure_packages "${known[@]}"
  fi
}

have_libssh2() {
  PKG_CONFIG_PATH=$libssh2/lib/pkgconfig pkg-config --atleast-version=$libssh2_version libssh2 \
    2>/dev/null
}

packaged_libssh2_suffices() {
  local version
  version=$(candidate libssh2-1-dev)
  [ -n "$version" ] && dpkg --compare-versions "$version" ge $libssh2_version
}

# Prometheus' metrics checker is in the same package as the server, which would be started: only that
# one program is taken out of it.
fetch_promtool() {
  local work=$PWD/build/promtool.work
  echo "setup.sh: fetching promtool"
  refresh_lists
  rm -rf "$work"
  mkdir -p "$work/unpacked"
  quietly env -C "$work" apt-get -q -o APT::Sandbox::User=root download prometheus
  quietly dpkg-deb --extract "$work"/prometheus_*.deb "$work/unpacked"
  quietly mv "$work/unpacked/usr/bin/promtool" build/promtool
  rm -rf "$work"
}

# The SSH server of Node's world; built from its sources without what it can do without.
fetch_ssh2() {
  echo "setup.sh: fetching npm's ssh2"
  quietly npm install --prefix build/npm --omit=optional --ignore-scripts --no-audit --no-fund ssh2@1
}

codename() {
  sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# The release whose source package is used where the packaged libssh2 is too old.
next_release() {
  case "$(codename)" in
    bookworm) echo trixie ;;
    *)
      echo "setup.sh: this distribution ($(codename)) has no libssh2 >= $libssh2_version;" \
        "install one where pkg-config finds it, then run this again" >&2
      return 1
      ;;
  esac
}

# Prints the URI of the archive that this system installs from.
archive() {
  # shellcheck disable=SC2016  # the placeholder is apt's
  apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Component: main' "Codename: $(codename)" | sed -n 1p
}

# Makes apt write only into the given folder; the system's lists, sources and cache stay as they are.
# The settings (proxies above all) are the system's; its hooks are left out.
write_private_apt() {
  local folder=$1 release=$2 uri
  uri=$(archive)
  if [ -z "$uri" ]; then
    echo "setup.sh: apt knows no archive of this release; see /etc/apt/sources.list.d" >&2
    exit 1
  fi
  mkdir -p "$folder"/{parts,lists/partial,archives/partial}
  {
    echo "Types: deb deb-src"
    echo "URIs: $uri"
    echo "Suites: $release"
    echo "Components: main"
    echo "Signed-By: $archive_keyring"
  } >"$folder/next.sources"
  {
    apt-config dump | grep -Ev '^(APT::Update::Post-Invoke|APT::Update::Pre-Invoke|Dir::Etc::parts)'
    echo "Dir::Etc::parts \"$folder/parts\";"
    echo "Dir::Etc::main \"/dev/null\";"
    echo "Dir::Etc::sourcelist \"$folder/next.sources\";"
    echo "Dir::Etc::sourceparts \"/dev/null\";"
    echo "Dir::State::lists \"$folder/lists\";"
    echo "Dir::Cache \"$folder\";"
    echo "Dir::Cache::archives \"$folder/archives\";"
    # apt's own user may not be able to enter this folder.
    echo "APT::Sandbox::User \"\";"
  } >"$folder/apt.conf"
}

# Built elsewhere and renamed at the end, so that an interrupted run leaves nothing half done. The
# result is the same wherever it is built.
build_libssh2() {
  local release work=$PWD/build/libssh2.work
  release=$(next_release)
  ensure_packages dpkg-dev
  echo "setup.sh: building libssh2 from the sources of $release"
  rm -rf "$work"
  write_private_apt "$work/apt" "$release"
  quietly env APT_CONFIG="$work/apt/apt.conf" apt-get -q update
  quietly env -C "$work" APT_CONFIG="$work/apt/apt.conf" apt-get -q source --download-only libssh2
  quietly dpkg-source --no-check --extract "$work"/libssh2_*.dsc "$work/source"
  quietly cmake -S "$work/source" -B "$work/objects" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG -ffile-prefix-map=$work/source=libssh2" -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DBUILD_SHARED_LIBS=OFF -DBUILD_STATIC_LIBS=ON -DCRYPTO_BACKEND=OpenSSL \
    -DBUILD_EXAMPLES=OFF -DBUILD_TESTING=OFF -DCMAKE_INSTALL_LIBDIR=lib \
    -DCMAKE_INSTALL_PREFIX="$work/installed"
  quietly cmake --build "$work/objects"
  quietly cmake --install "$work/objects"
  # The folder can be moved: every path in the .pc file is relative to its own location.
  # shellcheck disable=SC2016
  sed -i -e "s|$work/installed|\${prefix}|g" -e 's|^prefix=.*|prefix=${pcfiledir}/../..|' \
    "$work/installed/lib/pkgconfig/libssh2.pc"
  rm -rf "$libssh2"
  mv "$work/installed" "$libssh2"
  rm -rf "$work"
}

# Whether the system's own OpenSSH supports PerSourcePenalties.
has_new_openssh() {
  dpkg --compare-versions "$(dpkg-query -W -f '${Version}' openssh-server 2>/dev/null)" ge 1:9.8
}

# The tests' second OpenSSH, new enough to support PerSourcePenalties: server and client from backports,
# unpacked but not installed.
unpack_new_openssh() {
  local work=$PWD/build/openssh.work suite package
  suite=$(codename)-backports
  echo "setup.sh: unpacking OpenSSH of $suite for the tests"
  rm -rf "$work"
  write_private_apt "$work/apt" "$suite"
  quietly env APT_CONFIG="$work/apt/apt.conf" apt-get -q update
  quietly env -C "$work" APT_CONFIG="$work/apt/apt.conf" apt-get -q download "openssh-server/$suite" "openssh-client/$suite"
  for package in "$work"/openssh-*.deb; do quietly dpkg-deb --extract "$package" "$work/unpacked"; done
  rm -rf build/openssh
  mv "$work/unpacked" build/openssh
  rm -rf "$work"
}

: >"$log"
ensure_packages "${build_packages[@]}"
if ! have_libssh2; then
  refresh_lists
  if packaged_libssh2_suffices; then ensure_packages libssh2-1-dev; else build_libssh2; fi
fi
if [ "$release" = yes ]; then ensure_packages "${release_packages[@]}"; fi
[ "$tests" = yes ] || exit 0
ensure_packages "${test_packages[@]}"
ensure_optional_packages "${optional_packages[@]}"
if { [ ! -e build/openssh/usr/sbin/sshd ] || [ ! -e build/openssh/usr/bin/ssh ]; } && ! has_new_openssh; then
  optional "no newer OpenSSH available; the test 'real new openssh' will be skipped" unpack_new_openssh
fi
if [ ! -d build/npm/node_modules/ssh2 ] && command -v npm >/dev/null; then
  optional "npm's ssh2 is not available; its rows in the test 'real zoo' will be skipped" fetch_ssh2
fi
if [ ! -x build/promtool ] && ! command -v promtool >/dev/null; then
  optional "no promtool available; the test 'end to end other_tools' will be skipped" fetch_promtool
fi
