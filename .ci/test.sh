#!/usr/bin/env bash
# test.sh [go test arguments]   everything, on both databases; `make test` calls it.
# test.sh cluster               of that, what a Kubernetes control plane answers; `make test-cluster` calls it.
#
# The race detector watches where several things happen at once: all rooms with a line that starts a goroutine, in code or test, and of the
# pages' tests (app/web, app/browser, views) those that do. In the others one asks one thing after another, and watched they took two thirds
# of the time of all tests (a quarter of app/web: 466 s with, 151 s without). What is named by arguments is watched, whatever it is.
#
# Brings up what the tests need: Postgres, Chromium, HAProxy and Radicale from the machine or Debian's packages, versitygw (S3),
# helm and a Kubernetes control plane from tools/. Nothing may be skipped for want of a program here. testrun starts and ends the servers.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$chancery_root"

.ci/need.sh go node cc postgres chromium haproxy radicale
CHANCERY_VERSITYGW=$(.ci/tools.sh versitygw)
CHANCERY_HELM=$(.ci/tools.sh helm)
CHANCERY_KUBE=$(.ci/tools.sh etcd kube-apiserver kube-controller-manager | paste -sd:)
CHANCERY_PROMQL=$(.ci/tools.sh promql)
CHANCERY_DEFINITIONS=$(.ci/definitions.sh)
CHANCERY_OPENAPI=$(.ci/openapi.sh)
export GOGC=400 # tests end before they fill the memory; a tenth of the CPU of app/api's
export CHANCERY_VERSITYGW CHANCERY_HELM CHANCERY_KUBE CHANCERY_PROMQL CHANCERY_DEFINITIONS CHANCERY_OPENAPI CHANCERY_TEST_REQUIRE=1
.ci/assets.sh

mkdir -p .cache
go build -o .cache/testrun ./.ci/testrun
each=(-timeout 60m -vet=off) # the linter has said what vet would
# CI takes no result from before: a browser or a server may have changed, which Go cannot know. Its own are kept for whoever comes next.
if [ "${CI:-}" = true ]; then go clean -testcache; fi
# SQLite is a program translated to Go, of which each connection runs its own, and what reads and draws a picture works on its own memory: watching
# their steps for races finds nothing, and took three quarters of the CPU of a test (app/billing: 4.6 s with, 1.2 s without; app/avatar: 109 s and
# 26 s). All that calls them is watched.
watched=(-race -gcflags=all=-dwarf=false "-gcflags=github.com/ncruces/go-sqlite3-wasm/...=-dwarf=false -race=false -d=checkptr=0")
for pure in image/... golang.org/x/image/... compress/...; do watched+=("-gcflags=$pure=-dwarf=false -race=false"); done
watched+=("${each[@]}")
# Whose tests import kubetest start a control plane. They come one after the other and after all others, since an API server that waits for a core
# answers late: six seconds to start become a minute.
mapfile -t cluster < <(go list -f '{{range .TestImports}}{{.}} {{end}}{{range .XTestImports}}{{.}} {{end}}: {{.ImportPath}}' ./... |
	sed -n 's/^.*\/kubetest .*: //p')
in_cluster=("${watched[@]}" -p 1 "${cluster[@]}")
if [ "$*" = cluster ]; then
	runs=("${in_cluster[@]}")
elif [ $# -gt 0 ]; then
	runs=("${watched[@]}" "$@")
else
	at_once='^[[:space:]]*go [[:alnum:]_.]+\(|\.Go\('
	alone=() together=()
	while read -r folder room; do
		if grep -qE "$at_once" "$folder"/*.go; then together+=("$room"); else alone+=("$room"); fi
	done < <(go list -f '{{.Dir}} {{.ImportPath}}' "${chancery_packages[@]}" | grep -vE '/(app/web|app/browser|views)$' | grep -vE " ($(IFS='|'; echo "${cluster[*]}"))\$")
	# A browser waits for its pages for a third of the time: the others fill it.
	runs=("${each[@]}" ./app/browser
		++ "${each[@]}" ./app/web
		-- "${each[@]}" ./views "${alone[@]}"
		-- "${watched[@]}" -run 'Stream|AmongMany|SentTwice|FilesAtOnce|TestMany|Picture|SameTime' ./app/web ./views
		-- "${watched[@]}" "${together[@]}"
		-- "${in_cluster[@]}")
fi
exec .cache/testrun -summary .cache/test-summary -- "${runs[@]}"
