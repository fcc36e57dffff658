#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Run the main commands on the remote store in ROSTER_STORE: doctor, plan, sync, a
# second sync that must write nothing, and audit verify.
#   scripts/mainjob.sh ROSTER DIR
set -euo pipefail
roster=$1 dir=$2
"$roster" doctor "$dir"
"$roster" plan "$dir"
"$roster" sync "$dir"
again=$("$roster" sync "$dir" --format json)
echo "$again"
if ! grep -q '"commits": 0' <<<"$again"; then
  echo "the second sync wrote something" >&2
  exit 1
fi
"$roster" audit verify "$dir"
