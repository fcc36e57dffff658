#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Run every fuzz target of the module for the given time, and print the number of
# runs of each. Usage: scripts/fuzz.sh 60s
set -euo pipefail
time=${1:-60s}
count=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
while IFS=: read -r file target; do
  folder=$(dirname "$file")
  # Go would spend most of the time making what it found shorter.
  go test "./$folder" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x </dev/null | tee "$log" >&2
  runs=$(grep -oE 'execs: [0-9]+' "$log" | tail -n 1 || true)
  echo "$folder $target ${runs#execs: } runs"
  count=$((count + 1))
done < <(git ls-files '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z0-9]+' | sed 's/func //')
echo "$count fuzz targets, $time each, no crash"
