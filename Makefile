# `make help` lists the targets. What a recipe needs more than a line for stands in .ci/.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
export BASH_ENV := $(CURDIR)/.ci/env.sh
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
IMAGE   ?= chancery:$(VERSION)
OUT     ?= bin/chancery

.PHONY: help run test test-cluster check bench assets build image image-test fmt lint

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build and start a demo practice on 127.0.0.1:8080, data under .data/
	bin/chancery serve --demo

test: ## run everything on SQLite and Postgres; ARGS="./app/staff -run Name" for a part
	@.ci/test.sh $(ARGS)

test-cluster: ## of that, the chart, the custom resources and the operator against a real Kubernetes control plane
	@.ci/test.sh cluster

check: ## all that CI runs: format, tidy, lint, vulnerabilities, image, test
	@.ci/check.sh

bench: build ## measure CPU, memory and bytes against bare floors and the targets; ARGS="-only sqlite" for a part
	@go run ./app/bench $(ARGS)

assets: ## build style, script, icons and fonts, if their sources changed
	@.ci/assets.sh

build: assets ## build bin/chancery
	go build -ldflags '-s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)' -o $(OUT) ./app

image: ## build the container image with docker, podman or buildah
	@.ci/image.sh $(IMAGE) $(VERSION) $(COMMIT)

image-test: ## build the image with stand-ins for its bases and run it, as root on Linux
	@.ci/image-test.sh $(VERSION) $(COMMIT)

fmt: ## format the Go code
	gofmt -w app charts config jobs static views .ci/testrun

lint: ## only the linter
	@"$$(.ci/tools.sh golangci-lint)" run "$${chancery_packages[@]}"
