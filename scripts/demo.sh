#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Show the main commands on the example registry, with a temporary store. Usage:
# scripts/demo.sh ROSTER
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
echo "... ($(wc -l <"$work/plan.txt") lines in total)"
tail -n 2 "$work/plan.txt"
step sync $dir --plan "$work/shop.plan"
step sync $dir
step audit verify $dir
step audit log $dir --node 'orders/checkout@*'
step explain orders/checkout@prod $dir

# A credential: a token that roster issues, renewed into a file. The demo has no
# vault, so it uses the staging environment; the registry's policy does not allow
# files as sinks in production.
cp -R $dir "$work/rotating"
sed -i.bak 's|^    staging:$|    staging:\n      credentials: [{name: carrier-api, type: self-issued-token, rotate: {every: 30d, overlap: 48h}, sinks: [{file: secrets/carrier-api}]}]|' \
  "$work/rotating/apps/orders/fulfilment.yaml"
"$roster" sync "$work/rotating" >/dev/null
bold "$ roster rotate status"
"$roster" rotate status "$work/rotating" | grep fulfilment@staging
bold "$ roster rotate --now --node orders/fulfilment@staging --confirm 1"
"$roster" rotate "$work/rotating" --now --node orders/fulfilment@staging --confirm 1
bold "$ roster rotate status"
"$roster" rotate status "$work/rotating" | grep fulfilment@staging
bold "$ roster token verify orders/fulfilment@staging carrier-api < secrets/carrier-api"
"$roster" token verify orders/fulfilment@staging carrier-api "$work/rotating" <"$work/rotating/secrets/carrier-api"
"$roster" audit verify "$work/rotating"

# A pull request: the same registry in a git repository, where the subject of a
# workflow loses its environment and a ceiling is raised.
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
echo "(the change was refused, as expected)"
