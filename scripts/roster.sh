#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Find the roster that belongs to this revision of the repository, make sure that
# it is the one, and run it. Called by the actions: roster.sh ACTION
#
#   ROSTER_INPUT_BINARY   a program to use as it is
#   ROSTER_INPUT_MIRROR   a folder of release files, in place of github.com
#
# release/manifest.txt says what belongs to this revision: "dev" in its first
# line for one that is not a release, which is built here; or a version, and
# below it the SHA-256 and name of each file of the release.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
manifest=$root/release/manifest.txt
temp=${RUNNER_TEMP:-$(mktemp -d)}

fail() {
  echo "::error title=roster::$1" >&2
  exit 3
}

hash_of() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

platform() {
  local os arch
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    MINGW* | MSYS* | CYGWIN*) os=windows ;;
    *) fail "there is no release for $(uname -s)" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "there is no release for $(uname -m)" ;;
  esac
  echo "roster-$os-$arch$([[ $os == windows ]] && echo .exe || true)"
}

# build makes the program of a revision that is not a release.
build() {
  command -v go >/dev/null || fail "this revision of roster is not a release and has to be built: set up Go first (actions/setup-go), or pin a release"
  (cd "$root" && CGO_ENABLED=0 go build -trimpath -o "$1" ./cmd/roster) >&2 || fail "roster does not build"
}

# fetch puts the program of a release at $1. What lies in the tool cache is
# believed as little as what comes over the network: the copy that is run is the
# copy that was hashed.
fetch() {
  local program=$1 version=$2 file want cached
  file=$(platform)
  want=$(awk -v file="$file" '$2 == file { print $1 }' "$manifest")
  [[ -n $want ]] || fail "release $version has no $file"
  cached=${RUNNER_TOOL_CACHE:+$RUNNER_TOOL_CACHE/roster/$version/$file}
  if [[ -n $cached && -f $cached ]] && cp "$cached" "$program" && [[ $(hash_of "$program") == "$want" ]]; then
    return
  fi
  local url=${ROSTER_INPUT_MIRROR:-https://github.com/appofapps/roster/releases/download/$version}/$file
  curl --fail --silent --show-error --location --proto '=https,http' --retry 2 --max-time 300 --output "$program" "$url" >&2 ||
    fail "$file of release $version cannot be downloaded from ${url%/*}"
  [[ $(hash_of "$program") == "$want" ]] ||
    fail "$file from ${url%/*} is not what release $version has: its SHA-256 is $(hash_of "$program")"
  if [[ -n $cached ]]; then
    mkdir -p "$(dirname "$cached")" && cp "$program" "$cached.$$" && mv "$cached.$$" "$cached"
  fi
}

program=${ROSTER_INPUT_BINARY:-}
if [[ -z $program ]]; then
  folder=$(mktemp -d "$temp/roster.XXXXXX")
  program=$folder/$(platform)
  version=$(head -n 1 "$manifest")
  if [[ $version == dev ]]; then build "$program"; else fetch "$program" "$version"; fi
  chmod +x "$program"
fi
ROSTER_PROGRAM=$program exec "$program" action "$1"
