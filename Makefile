# Each target prints what it does and what to do when it can't. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# An Envoy or a Jaeger all-in-one of your own: make demo ENVOY=/usr/bin/envoy JAEGER=…
ENVOY  ?= .tools/envoy
JAEGER ?= .tools/jaeger
# One target's budget in `make fuzz`, and which targets (a pattern of `go test -fuzz`).
FUZZTIME ?= 20s
FUZZ     ?= .
# `make test` and `make race` take PKG=./inspect/… for a part.
PKG ?= ./...
# `make quality`: the labelled data, and the sections to run (SECTION="nested detect"; empty: all).
CORPORA ?= ../shared/data
SECTION ?=
# `make demo ONCE=1` ends after the story instead of waiting for Ctrl-C.
ONCE ?=

# A bare name is looked up in PATH, a relative path is taken from here; tests run in their packages' folders and need it absolute.
override ENVOY  := $(abspath $(or $(shell command -v $(ENVOY) 2>/dev/null),$(ENVOY)))
override JAEGER := $(abspath $(or $(shell command -v $(JAEGER) 2>/dev/null),$(JAEGER)))
export ENVOY JAEGER

LINT := go tool -modfile=.ci/tools.mod golangci-lint

.PHONY: help build test race fuzz lint bench quality e2e demo tools clean
help: ## list the targets
	@echo "make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  %-8s %s\n", $$1, $$2}' Makefile
	@echo "Start with: make demo"

build: ## compile bin/postern
	CGO_ENABLED=0 go build -trimpath -o bin/postern ./server/cmd/postern

test: tools build ## unit and end-to-end tests on real Envoys, none skipped; prints the count
	@set -o pipefail; POSTERN_E2E=required go test -json -timeout 20m $(PKG) | go run ./test/count

race: ## unit tests under the race detector
	CGO_ENABLED=1 go test -race -short -timeout 20m $$(go list $(PKG) | grep -v -e /test/e2e -e /examples/)

fuzz: ## every fuzz target for FUZZTIME each
	@bash .ci/fuzz '$(FUZZ)' '$(FUZZTIME)'

lint: ## golangci-lint, pinned in .ci/tools.mod (the first run builds it: a few minutes)
	@out=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$out" ] || { echo "make lint: run gofmt -w on: $$out" >&2; exit 1; }
	@echo "make lint: golangci-lint (the first run builds it: a few minutes)"
	$(LINT) run -c .ci/golangci.yml ./...

bench: build ## load on the authorizer beside a no-op one, in one run; what 1,000 edges take; opening and detecting beside the standard library; what a callee of 30,000 fields costs
	go run ./test/bench
	go test ./inspect -run '^$$' -bench BenchmarkCost -benchtime 10x
	go test ./profile -run '^$$' -bench BenchmarkLargeCallee -benchtime 5x

quality: ## figures of detection and learning on labelled data (CORPORA=folder, SECTION="…")
	go run ./test/quality -corpora $(CORPORA) $(SECTION)

e2e: tools build ## the end-to-end suites alone, on real Envoys
	@set -o pipefail; POSTERN_E2E=required go test -json -count=1 -timeout 20m ./test/e2e/... ./envoy/sidecar/... ./examples/... | go run ./test/count

demo: tools build ## learn from a small mesh's traffic, enforce, and show what is denied and why (ONCE=1: end after it)
	@CGO_ENABLED=0 go build -trimpath -o bin/shop ./examples/shop
	@bin/shop demo $(if $(ONCE),-once)

tools: ## bring Envoy and Jaeger into .tools, once
	@bash .ci/get envoy '$(ENVOY)'
	@bash .ci/get jaeger '$(JAEGER)'

clean: ## remove what make made (.tools stays: it takes minutes to bring back)
	rm -rf bin data
