#!/usr/bin/env bash
# image.sh NAME VERSION   builds the container image with the first engine that is there and answers.
#
# IMAGE_FLAGS adds to its arguments, such as --build-arg GO_IMAGE=… for bases of one's own.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$chancery_root"
name=$1 version=$2
read -r -a flags <<<"${IMAGE_FLAGS:-}"
flags=(--build-arg "VERSION=$version" --tag "$name" ${flags[@]+"${flags[@]}"})

if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
	DOCKER_BUILDKIT=1 docker build "${flags[@]}" .
elif command -v podman >/dev/null; then
	podman build "${flags[@]}" .
elif command -v buildah >/dev/null; then
	buildah build --layers "${flags[@]}" .
else
	echo "no engine that builds images: docker (running), podman or buildah. Debian: apt-get install buildah" >&2
	exit 1
fi
