#!/usr/bin/env bash
# test.sh [go test arguments]   everything, on both databases, with the race detector; `make test` calls it.
#
# Brings up what the tests need: Postgres and Chromium from the machine or Debian's packages, versitygw (S3) and
# helm from tools/. Nothing may be skipped for want of a program here. testrun starts and ends the servers.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$chancery_root"

.ci/need.sh go node cc postgres chromium haproxy
CHANCERY_VERSITYGW=$(.ci/tools.sh versitygw)
CHANCERY_HELM=$(.ci/tools.sh helm)
CHANCERY_OPENAPI=$(.ci/openapi.sh)
export CHANCERY_VERSITYGW CHANCERY_HELM CHANCERY_OPENAPI CHANCERY_TEST_REQUIRE=1
.ci/assets.sh

mkdir -p .cache
go build -o .cache/testrun ./.ci/testrun
[ $# -gt 0 ] || set -- "${chancery_packages[@]}"
if [ "${CI:-}" = true ]; then set -- -count=1 "$@"; fi # a browser or a server may have changed, which Go cannot know
# SQLite is a program translated to Go, of which each connection runs its own: watching its steps for races finds nothing, and took three
# quarters of the CPU of a test (app/billing: 4.6 s with, 1.2 s without). All that calls it is watched.
unwatched='github.com/ncruces/go-sqlite3-wasm/...=-race=false'
CGO_ENABLED=1 exec .cache/testrun -summary .cache/test-summary -- -race -gcflags="$unwatched" -timeout 60m "$@"
