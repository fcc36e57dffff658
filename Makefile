# SPDX-License-Identifier: Apache-2.0
# Each target is what CI runs. `make` alone lists them.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

FUZZTIME ?= 60s
TOOLS := go tool -modfile=tools/go.mod
# actionlint needs an older YAML library than the others take.
ACTIONLINT := go tool -modfile=tools/actionlint.mod actionlint
FRONT := store/cosmos/testdata/front
# npm writes this file at the end. It is up to date if it is newer than the lock file.
FRONT_READY := $(FRONT)/node_modules/.package-lock.json
SAMPLES := internal/test/corpora/testdata/samples
SAMPLES_READY := $(SAMPLES)/node_modules/.package-lock.json

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.PHONY: build
build: ## build bin/roster
	CGO_ENABLED=0 go build -trimpath -o bin/roster ./cmd/roster

.PHONY: demo
demo: build ## validate, plan, sync, verify and rotate on the example registry
	@scripts/demo.sh bin/roster

.PHONY: front
front: ## install the server that imitates Cosmos DB in tests
	@if ! command -v node >/dev/null; then \
		echo "make: Node.js 20 or newer not found: the tests against Cosmos DB will be SKIPPED" >&2; \
	elif [[ ! -e $(FRONT_READY) || $(FRONT)/package-lock.json -nt $(FRONT_READY) ]]; then \
		cd $(FRONT) && npm ci; \
	fi

.PHONY: samples
samples: ## install test samples that others collected: CI events and naughty strings
	@if ! command -v node >/dev/null; then \
		echo "make: Node.js not found: the tests on samples will be SKIPPED" >&2; \
	elif [[ ! -e $(SAMPLES_READY) || $(SAMPLES)/package-lock.json -nt $(SAMPLES_READY) ]]; then \
		cd $(SAMPLES) && npm ci --ignore-scripts; \
	fi

.PHONY: test
test: front samples ## run all tests
	go test -timeout 30m ./...
	go test -C tools ./mutate

.PHONY: e2e
e2e: front ## run the workflows that init writes in another repository, offline, with act
	GOBIN=$(CURDIR)/bin go install github.com/nektos/act@v0.2.89
	ROSTER_ACT=$(CURDIR)/bin/act go test -count=1 -timeout 30m -v -run 'InWorkflows|TestWorkflows' ./internal/e2e

.PHONY: cases
cases: ## run the attacks and cases of the folder that ROSTER_CASES names
	go test -count=1 -timeout 30m -v -run 'TestCases' ./internal/e2e

.PHONY: release
release: ## build every program of a release into dist: make release VERSION=v1.2.3
	scripts/release.sh "$(VERSION)" dist

.PHONY: release-check
release-check: ## build a release twice, with separate folders and caches, and compare
	@work=$$(mktemp -d); trap 'chmod -R u+w "$$work"; rm -rf "$$work"' EXIT; \
	for n in one two; do git clone -q . "$$work/$$n folder"; done; \
	for n in one two; do \
		GOCACHE="$$work/cache $$n" "$$work/$$n folder/scripts/release.sh" v0.0.0 "$$work/$$n" >/dev/null; \
	done; \
	diff -r "$$work/one" "$$work/two" && (cd "$$work/one" && sha256sum --check --quiet checksums.txt) && \
	echo "$$(ls "$$work/one" | wc -l) files are the same, byte by byte"

.PHONY: race
race: front ## run the concurrent tests under the race detector
	go test -race -short ./internal/... ./manifest ./schema ./store/... ./sync

.PHONY: lint
lint: ## check style, imports and vulnerable patterns
	$(TOOLS) golangci-lint run
	go vet -C tools ./house ./mutate
	$(ACTIONLINT) .github/workflows/*.yml examples/workflows/roster*.yml

.PHONY: house
house: ## count lines, functions, complexity and words to avoid per package
	go run -C tools ./house
	@echo
	go run -C tools ./house --words

.PHONY: golden
golden: ## regenerate every golden file and example output
	go test ./manifest ./schema ./report ./actions ./internal/cli -update

.PHONY: exact
exact: ## compare scopes, trees and verdicts with brute force: 10^6 pairs, 10^5 trees, 10^5 changes
	ROSTER_P1_PAIRS=1000000 go test -count=1 -timeout 60m -v -run 'TestExactAgainstBruteForce' ./access
	ROSTER_P1_VERDICTS=100000 go test -count=1 -timeout 60m -v -run 'TestVerdictAgainstBruteForce' ./verdict
	ROSTER_P2_TREES=100000 go test -count=1 -timeout 60m -v -run 'TestAttenuationAgainstBruteForce' ./validate

.PHONY: laws
laws: ## try the laws of the verdict on 10^5 random registries of all fields
	GOGC=400 ROSTER_LAWS=100000 go test -count=1 -timeout 600m -v -run 'TestNothingChanges|TestNoSeams|TestOrderChanges|TestTemplatesBind|TestAcceptanceIsBound|TestCovers|TestEveryField|TestEveryComparison|TestOracle' ./verdict

.PHONY: faults
faults: ## interrupt every sync and every commit at every system call that writes
	ROSTER_REQUIRE_FAULTS=1 go test -count=1 -timeout 30m -v -run 'TestCrash' ./store/local ./internal/cli

.PHONY: model
model: ## check every interleaving of two workers, a crash and a lost lease in a rotation
	ROSTER_MODEL=10000000 go test -count=1 -timeout 60m -v -run 'TestModel' ./rotate

.PHONY: faults-remote
faults-remote: ## fail every call of a rotation in ten ways, and kill the binary at every request
	ROSTER_REMOTE_FAULTS=all go test -count=1 -timeout 60m -v -run 'TestRemoteFaults|TestRotateKilled' ./rotate/rotatetest ./internal/e2e

.PHONY: faults-pairs
faults-pairs: ## fail two calls of two rotations, 20,000 times
	ROSTER_PAIRS=20000 go test -count=1 -timeout 60m -v -run 'TestFaultPairs' ./rotate

.PHONY: mutants
mutants: ## plant bugs in the rotation, and check that its tests find them
	ROSTER_MUTANTS=all go test -count=1 -timeout 85m -v -run 'TestMutants' ./rotate

.PHONY: mutate
mutate: ## plant 320 small bugs in the packages that judge, and check that their tests find them
	go run -C tools ./mutate --sample 320

.PHONY: hostile
hostile: samples ## test every naughty string in every field and every output format
	ROSTER_P10=all ROSTER_REQUIRE_SAMPLES=1 go test -count=1 -timeout 60m -v -run 'TestHostileManifests|TestHostileRuns' ./internal/cli

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME
	scripts/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: ## measure verdicts and policies, and compare validate with its peers
	go test -run '^$$' -bench . -benchtime 5x -benchmem ./verdict ./policy
	go test -run '^$$' -bench "Change|HostileRuns" -benchtime 2x ./internal/cli
	go run ./bench
