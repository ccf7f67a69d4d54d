#!/usr/bin/env bash
# check.sh   all that a change must pass; `make check` and CI call it.
#
# Every step runs, also after one has failed, so that one run tells everything. The times of the steps come last but one,
# the summary of the tests last. Migration parity and the completeness of the three catalogues are Go tests: see
# app/store and views.
set -uo pipefail
. "$(dirname "$0")/env.sh"
cd "$chancery_root"

export GOGC=400 GOMEMLIMIT=3GiB # compilers and linters end before they fill the memory; a tenth of their CPU

times=() failed=()
step() {
	local name=$1 start=$SECONDS
	shift
	echo "== $name"
	"$@" </dev/null || failed+=("$name")
	times+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
}

unformatted() {
	local files
	files=$(find . \( -name .git -o -name .cache -o -name .data -o -name node_modules \) -prune -o -name '*.go' -print | xargs gofmt -l)
	[ -z "$files" ] || { echo "$files"; echo "not formatted: make fmt"; return 1; }
}
lint() { local linter; linter=$(.ci/tools.sh golangci-lint) && "$linter" run "${chancery_packages[@]}"; }

# vulnerabilities passes where the database cannot be had: a machine without that network is no reason to stop work.
vulnerabilities() {
	local scanner log
	scanner=$(.ci/tools.sh govulncheck) || return
	log=$(mktemp)
	"$scanner" "${chancery_packages[@]}" >"$log" 2>&1
	local status=$?
	if [ $status = 1 ] && grep -q '^govulncheck: fetching vulnerabilities' "$log"; then
		echo "skipped: vulnerability database not reachable"
		status=0
	else
		cat "$log"
	fi
	rm -f "$log"
	return $status
}

# image is left out only where somebody works without being root: what it mounts needs that.
image() {
	if [ "$(id -u)" != 0 ] && [ "${CI:-}" != true ]; then
		echo "left out: it needs root (sudo make image-test)"
		return
	fi
	make --no-print-directory image-test
}

# begin NAME COMMAND...   runs it beside the steps that follow; `step NAME end NAME` waits for it and prints what it said. For what waits rather
# than computes: for packages, or for containers.
declare -A beside=() said=()
begin() {
	local name=$1
	shift
	said[$name]=$(mktemp)
	(
		start=$SECONDS status=0
		"$@" || status=$?
		echo "took $((SECONDS - start)) s beside other steps"
		exit $status
	) </dev/null >"${said[$name]}" 2>&1 &
	beside[$name]=$!
}
end() {
	local status=0
	wait "${beside[$1]}" || status=$?
	cat "${said[$1]}"
	rm -f "${said[$1]}"
	return $status
}

rm -f .cache/test-summary
step need .ci/need.sh go node cc postgres chromium haproxy radicale
begin assets .ci/assets.sh
begin "go.mod tidy" go mod tidy -diff
step tools .ci/tools.sh etcd kube-apiserver kube-controller-manager golangci-lint govulncheck versitygw helm promql # two lanes: the longest first
step assets end assets
step gofmt unformatted
step "go.mod tidy" end "go.mod tidy"
step build go build "${chancery_packages[@]}" # for what stands below: two who begin it at once compile all of it twice
begin image image
step lint lint # go vet is one of the linters
step vulnerabilities vulnerabilities
step test .ci/test.sh
step image end image

printf '%s\n' "== times" "${times[@]}"
if [ ${#failed[@]} -gt 0 ]; then
	printf 'check failed:'; printf ' «%s»' "${failed[@]}"; echo
fi
cat .cache/test-summary 2>/dev/null || echo "0 passed, 1 failed, 0 skipped"
[ ${#failed[@]} = 0 ]
