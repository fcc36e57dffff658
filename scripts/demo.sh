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

# A pull request: the same registry in a git repository of its own, where a
# workflow's subject loses its environment and a ceiling is raised.
cp -R $dir "$work/change"
(
  cd "$work/change"
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@example.com
  export GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@example.com
  git init -q && git add --all && git commit -q -m base
  sed -i.bak 's|acme/checkout, environment: prod|acme/checkout|' apps/orders/checkout.yaml
  sed -i.bak 's|"payments/refunds:write"|"payments/**:write"|' domains/orders.yaml
)
bold "$ roster validate change --base HEAD"
"$roster" validate "$work/change" --base HEAD && exit 1 # it has to object
echo "(the change was refused, as it should be)"
