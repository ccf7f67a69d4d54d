# shellcheck shell=bash
# What every recipe and script of the workshop stands on: the Makefile has each bash read it first (BASH_ENV).
#
# One set of Go flags for build, vet, lint and test: another set is another cache entry, and everything would be
# compiled once more. Only `go test -race` differs (it needs cgo, hence a C compiler), and that cannot be helped.
# -buildvcs=false: the Makefile stamps the version, and a checkout that belongs to somebody else builds too.
# -dwarf=false: a sixth less to compile. What is shipped has nothing for a debugger, and tests are linked without it anyway. For one: GOFLAGS= dlv.

chancery_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# `./...` leaves out what lies in a folder with a dot.
chancery_packages=(./... ./.ci/testrun)

export GOFLAGS="-trimpath -buildvcs=false -gcflags=all=-dwarf=false"

# Some machines give no HOME, or one that cannot be written; Go, npm and the linter keep their caches there.
# -modcacherw: the checkout can then be removed like any folder.
if [ -z "${HOME:-}" ] || ! mkdir -p "$HOME/.cache" 2>/dev/null || [ ! -w "$HOME/.cache" ]; then
	export HOME="$chancery_root/.cache/home"
	mkdir -p "$HOME/.cache"
fi
case $HOME in "$chancery_root"/*) GOFLAGS+=" -modcacherw" ;; esac
chancery_tools="${XDG_CACHE_HOME:-$HOME/.cache}/chancery/tools"

command -v go >/dev/null || PATH="$PATH:/usr/local/go/bin"
export PATH CGO_ENABLED="${CGO_ENABLED:-0}"
