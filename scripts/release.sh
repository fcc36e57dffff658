#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Build roster for every platform that has a release, the same bytes in any
# folder on any machine with this Go. Usage: scripts/release.sh VERSION FOLDER
#
# FOLDER gets the programs and manifest.txt: the version, then the SHA-256 and
# name of each. That file, put in the place of release/manifest.txt, makes a
# revision the release. The programs do not depend on it.
set -euo pipefail
version=$1
mkdir -p "$2"
dist=$(cd "$2" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ! $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
  echo "release: $version is no version; write it like v1.2.3" >&2
  exit 2
fi
if command -v sha256sum >/dev/null; then hash=(sha256sum); else hash=(shasum -a 256); fi

files=()
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
  os=${platform%/*}
  file=roster-$os-${platform#*/}
  if [[ $os == windows ]]; then file=$file.exe; fi
  # No path, no time and no revision of the repository is in the program.
  CGO_ENABLED=0 GOOS=$os GOARCH=${platform#*/} GOFLAGS= \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$version" -o "$dist/$file" ./cmd/roster
  files+=("$file")
done
(cd "$dist" && { echo "$version" && "${hash[@]}" "${files[@]}" | sed 's/ [ *]/ /'; } >manifest.txt)
cat "$dist/manifest.txt"
