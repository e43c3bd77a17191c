#!/bin/sh
# Verifies the models with Spin: each holds as it is, and fails with every one of its mistakes.
#
#   sh tests/spin/verify.sh FOLDER    of the models
set -eu

models=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0

# check MODEL EXPECTED OPTIONS...: the number of errors that a search of all states finds.
check() {
  model=$1 expected=$2
  shift 2
  spin -a "$@" "$models/$model.pml" >spin.log || { cat spin.log; exit 1; }
  "${CC:-cc}" -O1 -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c
  ./pan -m200000 >pan.log
  if grep -q "max search depth too small\|out of memory" pan.log; then
    echo "$model $*: not all states were seen"
    failures=$((failures + 1))
  elif ! grep -q "errors: $expected" pan.log; then
    echo "$model $*: $(grep -o 'errors: [0-9]*' pan.log), expected $expected"
    failures=$((failures + 1))
  else
    echo "$model $*: $(grep 'states, stored' pan.log | tr -s ' '), errors: $expected"
  fi
}

for size in "-DCALLERS=2 -DCALLS=1" "-DCALLERS=1 -DCALLS=3"; do
  # shellcheck disable=SC2086  # two words
  for mistake in 1 2 3 4 5 6 7 8 11; do check wake 1 -DMISTAKE=$mistake $size; done
  # shellcheck disable=SC2086
  check wake 0 $size
done
for mistake in 9 10; do check wake 1 -DMISTAKE=$mistake -DCALLERS=1 -DCALLS=2 -DDEATH; done
check wake 0 -DCALLERS=1 -DCALLS=2 -DDEATH

for mistake in 1 2 3 4 5 6; do check credits 1 -DMISTAKE=$mistake; done
check credits 0

[ "$failures" = 0 ] || { echo "$failures of the checks failed"; exit 1; }
echo "all checks hold"
