#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job on the example registry, with a store of its own that is removed
# afterwards. Usage: scripts/demo.sh ROSTER
set -euo pipefail
roster=$1
dir=examples/shop
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ROSTER_STORE="local:$work/registry.db"

bold() { if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$1"; else printf '\n%s\n' "$1"; fi; }
step() { bold "$ roster $*"; "$roster" "$@"; }

step validate $dir
bold "$ roster plan $dir --out shop.plan"
"$roster" plan $dir --out "$work/shop.plan" >"$work/plan.txt"
grep -A 12 '^+ create orders/checkout@prod' "$work/plan.txt" || true
echo "... ($(wc -l <"$work/plan.txt") lines in all)"
tail -n 2 "$work/plan.txt"
step sync $dir --plan "$work/shop.plan"
step sync $dir
step audit verify $dir
step audit log $dir --node 'orders/checkout@*'
step explain orders/checkout@prod $dir
