#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Generate the pictures in docs/images: the summary of a pull request and of a sync,
# rendered in a headless Chromium from the output of roster. Usage:
# scripts/screenshots.sh ROSTER
set -euo pipefail
roster=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
images=$PWD/docs/images
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
(cd scripts/screenshots && npm ci --ignore-scripts --silent)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r examples/shop "$work/registry"
rm -rf "$work/registry/.roster"
git -C "$work" init -q -b main
export GIT_AUTHOR_NAME=ada GIT_AUTHOR_EMAIL=ada@example.com GIT_COMMITTER_NAME=ada GIT_COMMITTER_EMAIL=ada@example.com
export GIT_AUTHOR_DATE=2026-01-31T12:00:00Z GIT_COMMITTER_DATE=2026-01-31T12:00:00Z
cd "$work"

# job NAME COMMAND...: run roster as a step of GitHub Actions, and save its summary.
job() {
  GITHUB_ACTIONS=true GITHUB_WORKSPACE=$work GITHUB_STEP_SUMMARY=$work/$1.md GITHUB_OUTPUT=$work/output \
    GITHUB_SERVER_URL=https://github.com GITHUB_REPOSITORY=acme/registry GITHUB_RUN_ID=18 ROSTER_STORE=local:$work/store.db \
    "$roster" "${@:2}" >/dev/null 2>&1 || true
}

job sync sync registry
git add registry && git commit -q -m base
sed -i 's|acme/checkout, environment: prod|acme/checkout|; s|v1.42.0|v1.43.0|' registry/apps/orders/checkout.yaml
rm registry/apps/platform/storefront.yaml
sed -i 's|^  version: .*|  version: v9.9.9|' registry/apps/payments/refunds.yaml
cat >registry/apps/orders/gifts.yaml <<'APP'
apiVersion: roster/v1
kind: App
metadata: {name: gifts}
spec:
  domain: orders
  owner: group:checkout-team
  version: v0.1.0
  scopes: ["orders/carts:read"]
  environments:
    staging: {}
APP
job review-failed validate registry --base HEAD
git clean -qfd registry && git checkout -q registry
sed -i 's|v1.42.0|v1.43.0|' registry/apps/orders/checkout.yaml
job review-passed plan registry --base HEAD

shoot() {
  node "$OLDPWD/scripts/screenshots/render.mjs" "$work/$1.md" "$work/$1.html"
  "$chromium" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=10000 \
    --window-size="$2" --screenshot="$images/$1.png" "file://$work/$1.html" >/dev/null 2>&1
  echo "docs/images/$1.png"
}
shoot sync 1012,110
shoot review-failed 1012,850
shoot review-passed 1012,450
