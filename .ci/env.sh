# shellcheck shell=bash
# What every recipe and script of the workshop stands on; the Makefile has bash read it first (BASH_ENV).
#
# One set of Go flags for build, vet, lint and test: another set is another cache entry, and everything would be
# compiled once more. Only `go test -race` differs (it needs cgo, so a C compiler), and that cannot be helped.
# -buildvcs=false: the version is stamped by the Makefile, and a checkout owned by somebody else still builds.

chancery_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# A machine may give no usable HOME (a build account, a bare container); Go, npm and the linter keep caches there.
if [ -z "${HOME:-}" ] || ! mkdir -p "$HOME/.cache" 2>/dev/null || [ ! -w "$HOME/.cache" ]; then
	export HOME="$chancery_root/.cache/home"
	unset XDG_CACHE_HOME GOPATH GOCACHE GOMODCACHE npm_config_cache
	mkdir -p "$HOME/.cache"
fi
chancery_tools="${XDG_CACHE_HOME:-$HOME/.cache}/chancery/tools"

command -v go >/dev/null || PATH="$PATH:/usr/local/go/bin:/usr/lib/go/bin"
export PATH CGO_ENABLED="${CGO_ENABLED:-0}"
export GOFLAGS="-trimpath -buildvcs=false"
