#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Run every fuzz target of the module for the given time. Usage: scripts/fuzz.sh 60s
set -euo pipefail
time=${1:-60s}
count=0
while IFS=: read -r file target; do
  echo "== $(dirname "$file") $target"
  go test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$time"
  count=$((count + 1))
done < <(grep -rhoE --include='*_test.go' -H '^func (Fuzz[A-Za-z0-9]+)' . | sed -E 's|^\./||; s/func //')
echo "$count fuzz targets, $time each, no crash"
