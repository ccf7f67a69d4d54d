#!/usr/bin/env bash
# image.sh NAME VERSION COMMIT   builds the container image with the first engine that is there and answers.
#
# IMAGE_ENGINE names one; IMAGE_FLAGS adds to its arguments, such as --build-arg GO_IMAGE=… for bases of one's own.
# IMAGE_SOURCE is where its sources are for those who read its labels: the remote called origin, if that is on the web.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$chancery_root"
name=$1 version=$2 commit=$3

# The image is as old as its sources, so that the same sources give the same image whenever they are built.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH

# Only a public address, and without the name and password that remotes of build machines have.
if [ -z "${IMAGE_SOURCE+set}" ]; then
	IMAGE_SOURCE=$(git config --get remote.origin.url 2>/dev/null | sed -nE 's#^(https?://)([^/@]*@)?(.*)$#\1\3#; s#\.git$##; /^https?:/p' || true)
fi

engines() { if [ -n "${IMAGE_ENGINE:-}" ]; then echo "$IMAGE_ENGINE"; else echo docker podman buildah; fi; }
answers() { command -v "$1" >/dev/null && { [ "$1" != docker ] || docker info >/dev/null 2>&1; }; }
for engine in $(engines); do answers "$engine" && break || engine=; done

read -r -a flags <<<"${IMAGE_FLAGS:-}"
flags=(--build-arg "VERSION=$version" --build-arg "COMMIT=$commit" --build-arg "SOURCE=$IMAGE_SOURCE" --tag "$name" ${flags[@]+"${flags[@]}"})
# The format that the others write by themselves has no place for a health check.
like_docker=(--format docker --timestamp "$SOURCE_DATE_EPOCH")

case $engine in
	docker)  DOCKER_BUILDKIT=1 docker build "${flags[@]}" . ;;
	podman)  podman build "${like_docker[@]}" "${flags[@]}" . ;;
	buildah) buildah build --layers "${like_docker[@]}" "${flags[@]}" . ;;
	*)       echo "no engine that builds images: docker (running), podman or buildah. Debian: apt-get install buildah" >&2; exit 1 ;;
esac
