# The whole vocabulary of a newcomer. Everything happens in build/; `make help` tells.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
JOBS ?= $(shell nproc)
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

.PHONY: build demo test bench lint format fuzz sanitize deps package images clean help golden
.DEFAULT_GOAL := build

build: deps  ## build everything into build/release
	@cmake --preset release >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@cmake --build --preset release -j $(JOBS)

demo: build  ## watch guardctl judge real manifests, a webhook answer real reviews, rootless-builder build an image
	@docs/demo/run build/release/bin

test: build  ## all tests: unit, golden, end to end
	@tests/run build/release

golden: build  ## rewrite the golden files; then read the diff
	@GUARD_UPDATE_GOLDEN=1 tests/run build/release >/dev/null || true
	@git --no-pager diff --stat -- tests/golden docs

bench: deps  ## measure; see docs/performance.md
	@cmake --preset bench >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@cmake --build --preset bench -j $(JOBS)
	@bench/run build/bench

lint: build  ## format, clang-tidy, who may know whom
	@.ci/deps --lint
	@.ci/lint build/release

format:  ## format the sources in place
	@git ls-files -- '*.cc' '*.h' | xargs clang-format-19 -i

fuzz:  ## every fuzz target for FUZZ_SECONDS (60) under ASan and UBSan
	@.ci/deps --lint
	@cmake --preset fuzz >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@cmake --build --preset fuzz -j $(JOBS)
	@tests/fuzz/run build/fuzz $${FUZZ_SECONDS:-60}

sanitize: deps  ## all tests under ASan+UBSan, then under TSan
	@for preset in asan tsan; do \
	  cmake --preset $$preset >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }; \
	  cmake --build --preset $$preset -j $(JOBS); \
	  tests/run build/$$preset; \
	done

deps:  ## install what the build needs (asks for root only if something is missing)
	@mkdir -p build
	@.ci/deps

package: build  ## a .deb a program, in build/release
	@cd build/release && cpack -G DEB

images: build  ## our three images, made by our own builder: PREFIX=registry/namespace VERSION=1.2.3 PUSH=1
	@deploy/images/make build/release/bin $(PREFIX) $(VERSION)

clean:  ## remove build/
	@rm -rf build

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
