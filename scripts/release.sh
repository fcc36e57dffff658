#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Build roster for every platform of a release. The build is reproducible in any
# folder on any machine with this Go. Usage: scripts/release.sh VERSION FOLDER
#
# The script writes to FOLDER the programs, an SBOM for each (FILE.cdx.json, in
# CycloneDX), checksums.txt for sha256sum --check, and manifest.txt: the version,
# then the SHA-256 and name of each program. To make a revision the release, replace
# release/manifest.txt by that file. The programs do not depend on it.
set -euo pipefail
version=$1
mkdir -p "$2"
dist=$(cd "$2" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ! $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
  echo "release: \"$version\" is not a version; write it like v1.2.3" >&2
  exit 2
fi
if command -v sha256sum >/dev/null; then hash=(sha256sum); else hash=(shasum -a 256); fi

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
GOBIN=$tools GOFLAGS= go install -trimpath github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

files=()
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
  os=${platform%/*}
  file=roster-$os-${platform#*/}
  if [[ $os == windows ]]; then file=$file.exe; fi
  # No path, no time and no revision of the repository is in the program.
  CGO_ENABLED=0 GOOS=$os GOARCH=${platform#*/} GOFLAGS= \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$version" -o "$dist/$file" ./cmd/roster
  # Neither a time nor a random number is in it, so that it is the same again.
  "$tools/cyclonedx-gomod" bin -json -std -noserial -notimestamp -version "$version" -output "$dist/$file.cdx.json" "$dist/$file"
  files+=("$file")
done
(cd "$dist" && { echo "$version" && "${hash[@]}" "${files[@]}" | sed 's/ [ *]/ /'; } >manifest.txt)
(cd "$dist" && "${hash[@]}" "${files[@]}" "${files[@]/%/.cdx.json}" >checksums.txt)
cat "$dist/manifest.txt"
