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

step() {
  printf '\n\033[1m$ roster %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed $'s/\033\\[[0-9;]*m//g'; fi
  "$roster" "$@"
}

step validate $dir
step plan $dir --out "$work/shop.plan" | tail -n 12
step sync $dir --plan "$work/shop.plan"
step sync $dir
step audit verify $dir
step audit log $dir --node 'orders/checkout@*'
step explain orders/checkout@prod $dir
