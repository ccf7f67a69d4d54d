#!/usr/bin/env bash
# need.sh NAME...   makes sure that programs this project does not build itself are on the machine.
#
# As root on Debian what is missing is installed from Debian's packages. Anywhere else the missing ones are named, all at
# once, with how to get them, and the answer is 1.
set -euo pipefail
. "$(dirname "$0")/env.sh"

debian() { [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null; }
one_of() { local p; for p in "$@"; do command -v "$p" >/dev/null && return; done; return 1; }
node_version() { node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

has() {
	case $1 in
		go)       one_of go ;;
		node)     one_of npm && [ "$(node_version)" -ge 20 ] ;;
		cc)       one_of "${CC:-cc}" gcc clang ;;
		chromium) one_of chromium && { one_of chromium-headless-shell || ! debian; } ;;
		haproxy)  one_of haproxy || [ -x /usr/sbin/haproxy ] ;;
		podman)   one_of podman && one_of buildah && one_of runc && one_of curl && one_of nsenter ;;
		radicale) one_of radicale ;;
		postgres) one_of postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null ||
		          [ -n "${CHANCERY_TEST_POSTGRES:-}" ] ;;
		*)        echo "need.sh: unknown name $1" >&2; exit 2 ;;
	esac
}

# Debian 12 has no Go and no Node.js that are new enough: these two are asked for, not installed.
debian_packages() {
	case $1 in
		cc)       echo gcc libc6-dev ;;
		chromium) echo chromium chromium-headless-shell fonts-liberation ;;
		haproxy)  echo haproxy ;;
		podman)   echo podman buildah runc curl util-linux ;;
		radicale) echo radicale ;;
		postgres) echo postgresql ;;
	esac
}

how() {
	case $1 in
		go)       echo "Go, $(awk '$1 == "go" {print $2}' "$chancery_root/go.mod") or later: https://go.dev/dl" ;;
		node)     echo "Node.js 20 or later, with npm: https://nodejs.org" ;;
		cc)       echo "a C compiler, which the race detector needs. Debian: apt-get install $(debian_packages cc)" ;;
		chromium) echo "Chromium, for the browser tests, which are faster with its headless shell. Debian: apt-get install $(debian_packages chromium)" ;;
		haproxy)  echo "HAProxy, in front of replicas that are restarted. Debian: apt-get install $(debian_packages haproxy)" ;;
		podman)   echo "Podman, Buildah, runc, curl and nsenter, which the image is built, run and asked with. Debian: apt-get install $(debian_packages podman)" ;;
		radicale) echo "Radicale, a CalDAV server that people's calendars are tested against. Debian: apt-get install $(debian_packages radicale)" ;;
		postgres) echo "a Postgres server (or CHANCERY_TEST_POSTGRES=postgres://… of one that may create databases). Debian: apt-get install $(debian_packages postgres)" ;;
	esac
}

apt_install() {
	export DEBIAN_FRONTEND=noninteractive
	local log
	log=$(mktemp)
	echo "installing from Debian's packages: $*" >&2
	apt-get install -y -q --no-install-recommends "$@" </dev/null >"$log" 2>&1 ||
		{ apt-get update -q </dev/null && apt-get install -y -q --no-install-recommends "$@" </dev/null; } >"$log" 2>&1 ||
		cat "$log" >&2
	rm -f "$log"
}

missing=() packages=()
for name in "$@"; do
	has "$name" && continue
	missing+=("$name")
	read -r -a more <<<"$(debian_packages "$name")"
	packages+=(${more[@]+"${more[@]}"})
done
if [ ${#packages[@]} -gt 0 ] && debian; then
	apt_install "${packages[@]}"
fi

status=0
for name in ${missing[@]+"${missing[@]}"}; do
	has "$name" && continue
	[ $status = 0 ] && echo "missing on this machine:" >&2
	echo "  - $(how "$name")" >&2
	status=1
done
exit $status
