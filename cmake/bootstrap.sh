#!/bin/sh
# From a bare Debian 12 to running servers and clients: installs what is missing, builds, runs.
#
#   sh cmake/bootstrap.sh demo    runs each example as two processes; one line per answer
#   sh cmake/bootstrap.sh test    the same, then the tests
#   sh cmake/bootstrap.sh bench   installs the libraries that shmidl is compared with, too, and runs the benchmark
#
# SHMIDL_PRESET chooses another configure preset than `release`.
set -eu

build_packages="g++ cmake ninja-build libboost-dev nlohmann-json3-dev libkainjow-mustache-dev libcli11-dev"
test_packages="catch2 clang g++-i686-linux-gnu make pkg-config spin strace"
bench_packages="gnuplot-nox pkg-config libcapnp-dev capnproto libgrpc++-dev protobuf-compiler protobuf-compiler-grpc libthrift-dev thrift-compiler
  libzmq3-dev cppzmq-dev libsystemd-dev libiceoryx-posh-dev iceoryx libucx-dev libnng-dev
  libmemcached-dev memcached liblmdb-dev"

usage() {
  echo "usage: sh cmake/bootstrap.sh demo|test|bench" >&2
  exit 2
}

say() { echo "bootstrap: $*"; }

# Prints those of the packages named that are not installed.
missing_of() {
  for package in "$@"; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || printf '%s ' "$package"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    say "this needs root or sudo: $*" >&2
    exit 1
  fi
}

install_missing() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "this is not a Debian system; these packages, by Debian's names, are needed: $*"
    return
  fi
  missing=$(missing_of "$@")
  if [ -z "$missing" ]; then
    return
  fi
  say "installs: $missing"
  as_root apt-get -qq update >/dev/null
  # shellcheck disable=SC2086  # a list of words
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends $missing >/dev/null
}

# Prints those of the packages named that this system's archive has.
known_of() {
  command -v apt-cache >/dev/null 2>&1 || return 0
  [ -z "$(missing_of "$@")" ] || as_root apt-get -qq update >/dev/null
  for package in "$@"; do
    [ -z "$(apt-cache show "$package" 2>/dev/null)" ] || printf '%s ' "$package"
  done
}

build() {
  cmake --preset "$preset" "$@"
  cmake --build "build/$preset" --parallel "$(nproc)"
}

# Runs one server and its client. The client waits until the server is there.
run_pair() {
  programs="build/$preset/idl-examples/$1"
  "$programs/$1_server" &
  server=$!
  "$programs/$1_client"
  kill "$server"
  wait "$server" 2>/dev/null || true
  server=
}

run_demo() {
  server=
  SHMIDL_DIR=$(mktemp -d)
  export SHMIDL_DIR
  trap 'status=$?; [ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$SHMIDL_DIR"; exit "$status"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  for example in arith camera files cache; do
    run_pair "$example"
  done
}

[ $# -eq 1 ] || usage
cd "$(dirname "$0")/.."
preset=${SHMIDL_PRESET:-release}

case $1 in
  demo)
    # shellcheck disable=SC2086
    install_missing $build_packages
    if [ -f "build/$preset/CMakeCache.txt" ]; then
      build  # keeps the tests of a build that has them
    else
      build -DSHMIDL_BUILD_TESTS=OFF -DSHMIDL_BUILD_BENCH=OFF
    fi
    run_demo
    ;;
  test)
    # shellcheck disable=SC2086
    install_missing $build_packages $test_packages
    build -DSHMIDL_BUILD_TESTS=ON -DSHMIDL_BUILD_BENCH=ON
    run_demo
    ctest --test-dir "build/$preset" --label-regex quick --output-on-failure --parallel "$(nproc)" --no-tests=error
    ;;
  bench)
    # shellcheck disable=SC2086
    install_missing $build_packages
    # shellcheck disable=SC2046,SC2086  # a library that is not packaged here is left out
    install_missing $(known_of $bench_packages)
    cmake --workflow --preset bench
    ;;
  *) usage ;;
esac
