#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Find the roster that belongs to this revision of the repository, verify its hash,
# and run it. The actions call it: roster.sh ACTION
#
#   ROSTER_INPUT_BINARY   a program to run without checking its hash
#   ROSTER_INPUT_MIRROR   URL of a folder of release files, instead of github.com
#
# The first line of release/manifest.txt is the version of this revision, and the
# lines below it have the SHA-256 and the name of each file of that release. The
# version "dev" means that this revision is not a release; the program is built.
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
    *) fail "roster has no release for the operating system $(uname -s); supported: Linux, macOS, Windows" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "roster has no release for the architecture $(uname -m); supported: amd64, arm64" ;;
  esac
  echo "roster-$os-$arch$([[ $os == windows ]] && echo .exe || true)"
}

# build builds the program of a revision that is not a release.
build() {
  command -v go >/dev/null || fail "this revision of roster is not a release, and building it needs Go: add a step with actions/setup-go, or pin a release"
  (cd "$root" && CGO_ENABLED=0 go build -trimpath -o "$1" ./cmd/roster) >&2 || fail "build roster: go build failed; see the lines above"
}

# fetch gets the program of a release to $1, from the tool cache or the network.
# Neither is trusted: the hash is computed of the copy that is run.
fetch() {
  local program=$1 version=$2 file want cached
  file=$(platform)
  want=$(awk -v file="$file" '$2 == file { print $1 }' "$manifest")
  [[ -n $want ]] || fail "release $version has no file $file"
  cached=${RUNNER_TOOL_CACHE:+$RUNNER_TOOL_CACHE/roster/$version/$file}
  if [[ -n $cached && -f $cached ]] && cp "$cached" "$program" && [[ $(hash_of "$program") == "$want" ]]; then
    return
  fi
  local url=${ROSTER_INPUT_MIRROR:-https://github.com/appofapps/roster/releases/download/$version}/$file
  curl --fail --silent --show-error --location --proto '=https,http' --retry 2 --max-time 300 --output "$program" "$url" >&2 ||
    fail "download $file of release $version from ${url%/*}: failed; see the lines above"
  [[ $(hash_of "$program") == "$want" ]] ||
    fail "$file from ${url%/*} is not the file of release $version: its SHA-256 is $(hash_of "$program"), want $want"
  if [[ -n $cached ]]; then keep "$program" "$cached"; fi
}

# keep copies the program to the tool cache. The run does not need the copy, so a
# cache that cannot be written is only a warning.
keep() {
  if mkdir -p "$(dirname "$2")" && cp "$1" "$2.$$" && mv "$2.$$" "$2"; then return; fi 2>/dev/null
  rm -f "$2.$$" 2>/dev/null || true
  echo "::warning title=roster::the tool cache $RUNNER_TOOL_CACHE is not writable, so the next run downloads roster again; make it writable for the runner's user" >&2
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
