#!/usr/bin/env bash
# image-bases.sh FOLDER   makes stand-ins for the images that the Dockerfile builds in, where none can be pulled.
#
# They are empty trees under the names the Dockerfile uses. The programs are this machine's own: /usr is mounted into them, with
# Go, Node.js, whom TLS trusts, and the caches of Go and npm, which makes a build cost seconds. Prints the flags that do
# it. Nothing of them gets into the image but what its last stage copies; they are for tests, and nobody is ever given one.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$chancery_root"
tree=$1/base

mkdir -p "$tree"/{usr,etc/ssl/certs,root,cache,tmp,var/tmp,proc,sys,dev}
chmod 1777 "$tree"/tmp "$tree"/var/tmp
for folder in bin sbin lib lib64; do ln -sfn "usr/$folder" "$tree/$folder"; done
echo 'root:x:0:0:root:/root:/bin/sh' >"$tree/etc/passwd"
echo 'root:x:0:' >"$tree/etc/group"

goroot=$(go env GOROOT) node=$(dirname "$(readlink -f "$(command -v node)")") npm=$(dirname "$(command -v npm)")
variables=(--env "PATH=$goroot/bin:$npm:$node:/usr/local/bin:/usr/bin:/bin" --env GOTOOLCHAIN=local)
# Not where the Dockerfile mounts its own caches: buildah takes now one, now the other of two mounts at one place.
variables+=(--env GOMODCACHE=/cache/modules --env GOCACHE=/cache/compiled --env npm_config_cache=/cache/packages)
case $GOFLAGS in *-modcacherw*) variables+=(--env GOFLAGS=-modcacherw) ;; esac
# where packages come from is this machine's business, as it is outside
for name in GOPROXY GONOPROXY GOSUMDB GONOSUMDB GOPRIVATE; do variables+=(--env "$name=$(go env $name)"); done
for name in NODE_EXTRA_CA_CERTS HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
	if [ -n "${!name:-}" ]; then variables+=(--env "$name=${!name}"); fi
done

container=$(buildah from scratch)
trap 'buildah rm "$container" >/dev/null' EXIT
buildah add --quiet "$container" "$tree" / >/dev/null
buildah config "${variables[@]}" "$container"
sed -nE 's/^ARG (NODE|GO)_IMAGE=//p' Dockerfile | while read -r base; do
	buildah commit --quiet "$container" "$base" >/dev/null
done

mounts=(/usr:/usr:ro /etc/ssl/certs:/etc/ssl/certs:ro)
case $goroot in /usr/*) ;; *) mounts+=("$goroot:$goroot:ro") ;; esac
case $node in /usr/*) ;; *) prefix=$(dirname "$node"); mounts+=("$prefix:$prefix:ro") ;; esac
modules=$(go env GOMODCACHE) compiled=$(go env GOCACHE) packages=$(npm config get cache 2>/dev/null) settings=$(npm config get userconfig 2>/dev/null)
mkdir -p "$modules" "$compiled" "$packages"
mounts+=("$modules:/cache/modules" "$compiled:/cache/compiled" "$packages:/cache/packages")
if [ -f "$settings" ]; then mounts+=("$settings:/root/.npmrc:ro"); fi
printf -- '--volume %s ' "${mounts[@]}"
