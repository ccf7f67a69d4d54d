#!/usr/bin/env bash
# image-test.sh VERSION COMMIT   builds the image, twice, and runs it as a cluster does; `make image-test` calls it.
#
# The bases are stand-ins (image-bases.sh), so that it needs no registry of images: what is proved is the Dockerfile and the image
# that comes out of it, not those bases. It runs as its own user on a read-only root, without capabilities, without new
# privileges and with no network but its own loopback. All that it makes lies in one folder, engine's storage included,
# and is taken away at the end; images and containers that are on the machine are neither seen nor touched.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$chancery_root"
version=$1 commit=$2
[ "$(id -u)" = 0 ] || { echo "image-test.sh: needs root, for its own mounts and namespaces" >&2; exit 1; }
.ci/need.sh go node podman

work=$(mktemp -d /var/tmp/chancery-image.XXXXXX)
container=
trap 'clean' EXIT
clean() {
	[ -z "$container" ] || podman rm --force --time 0 "$container" >/dev/null 2>&1 || true
	# one that is stopped in the middle has children that still write for a moment
	for _ in {1..30}; do
		awk -v work="$work/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r -d '\n' umount || true
		rm -rf --one-file-system "$work" 2>/dev/null && return
		sleep 1
	done
	echo "image: left behind: $work" >&2
}

# An engine of its own: where there is no systemd, and whatever version of cgroups there is.
driver=overlay
[ "$(stat -f -c %T "$work")" != overlayfs ] || driver=vfs # overlays do not lie on one another
cat >"$work/storage.conf" <<-END
	[storage]
	driver = "$driver"
	graphroot = "$work/storage"
	runroot = "$work/run"
END
cat >"$work/containers.conf" <<-END
	[containers]
	default_ulimits = ["nofile=1024:4096", "nproc=1024:4096"]
	log_driver = "k8s-file"
	[engine]
	runtime = "runc"
	cgroup_manager = "cgroupfs"
	events_logger = "file"
	lock_type = "file"
	static_dir = "$work/libpod"
	tmp_dir = "$work/libpod-run"
	volume_path = "$work/volumes"
END
export CONTAINERS_STORAGE_CONF=$work/storage.conf CONTAINERS_CONF=$work/containers.conf TMPDIR=$work DISABLE_HC_SYSTEMD=true

failed=0 held=0
holds() { # holds WHAT GOT WANT
	if [ "$2" = "$3" ]; then
		held=$((held + 1))
	else
		failed=$((failed + 1))
		printf 'image: %s\n  is:     %s\n  should: %s\n' "$1" "$2" "$3"
	fi
}
refused() { # refused WHAT WORDS COMMAND...: it fails, and says so in these words
	local what=$1 words=$2 said
	shift 2
	if said=$("$@" 2>&1); then holds "$what" "done: $said" "refused"
	elif grep -q -- "$words" <<<"$said"; then holds "$what" refused refused
	else holds "$what" "$said" "$words"; fi
}
until_true() { # until_true WHAT COMMAND...
	local what=$1 end=$((SECONDS + 120))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $end ] || [ "$(podman inspect --format '{{.State.Running}}' "$container")" != true ]; then
			holds "$what" "not within two minutes, or it ended" yes
			podman logs --tail 20 "$container" || true
			return
		fi
		sleep 0.2
	done
	holds "$what" yes yes
}

# --- built, twice, from the same sources

mounts=$(.ci/image-bases.sh "$work")
build() { # build NAME → id; origin is as it is on a machine that builds, with its password
	local log=$work/build.log
	IMAGE_ENGINE=buildah IMAGE_FLAGS="--quiet --layers=false --no-cache --pull=never --isolation chroot --network host --iidfile $work/id $mounts" \
		GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://builder:secret-of-origin@git.firm.example/chancery.git \
		.ci/image.sh "$1" "$version" "$commit" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
	cat "$work/id"
}
start=$SECONDS
image=$(build chancery:once)
echo "image: built in $((SECONDS - start)) s"
# The format has places for the name of the container it was made in, hence not the ids of the two images.
layers() { podman image inspect --format '{{.RootFS.Layers}} {{.Created}}' "$1"; }
holds "a second build has the same layers and the same time" "$(layers "$(build chancery:twice)")" "$(layers "$image")"

root=$(podman image mount "$image")
make --no-print-directory build VERSION="$version" COMMIT="$commit" OUT="$work/chancery" >/dev/null
holds "the binary is the one that make build makes, in another folder" \
	"$(sha256sum <"$root/usr/local/bin/chancery")" "$(sha256sum <"$work/chancery")"

# --- what is in it

holds "what is in it" "$(cd "$root" && find . -mindepth 1 -printf '%P %y %m %U\n' | LC_ALL=C sort)" "$(cat <<-END
	etc d 755 0
	etc/group f 644 0
	etc/passwd f 644 0
	etc/ssl d 755 0
	etc/ssl/certs d 755 0
	etc/ssl/certs/ca-certificates.crt f 644 0
	tmp d 1777 0
	usr d 755 0
	usr/local d 755 0
	usr/local/bin d 755 0
	usr/local/bin/chancery f 755 0
	var d 755 0
	var/lib d 755 0
	var/lib/chancery d 700 65532
END
)"
holds "a static binary" "$(podman run --rm --network none "$image" --version)" "chancery $version (commit $commit)"
for place in "$chancery_root/" "$HOME/" "$work/" /cache/modules /cache/compiled /out/; do
	holds "no word of where it was built: $place" "$(grep -caF -- "$place" "$root/usr/local/bin/chancery")" 0
done
size=$(($(podman image inspect --format '{{.Size}}' "$image") / 1048576))
holds "smaller than 80 MiB" "$((size < 80))" 1
podman image unmount "$image" >/dev/null

of() { podman image inspect --format "$1" "$image"; }
label() { of "{{index .Labels \"org.opencontainers.image.$1\"}}"; }
holds "version" "$(label version)" "$version"
holds "revision" "$(label revision)" "$commit"
holds "source, without whose it was" "$(label source)" "https://git.firm.example/chancery"
holds "user" "$(of '{{.Config.User}}')" 65532:65532
holds "health check" "$(of '{{.HealthCheck.Test}}')" "[CMD /usr/local/bin/chancery ready]"
holds "volumes" "$(of '{{.Config.Volumes}}')" "map[/var/lib/chancery:{}]"
holds "variables" "$(of '{{range .Config.Env}}{{println .}}{{end}}' | sed -n 's/=.*//p' | sort | paste -sd' ')" \
	"CHANCERY_BLOBS CHANCERY_DATABASE CHANCERY_LISTEN CHANCERY_MAIL CHANCERY_OPS_LISTEN PATH"
holds "no secret, and no word of where packages came from" \
	"$(of '{{json .Config}} {{json .History}} {{json .Labels}}' | grep -cE "secret-of-origin|builder:|$work|GOPROXY|npm_config")" 0

# --- run as a cluster runs it

volume=$(podman volume create)
up() {
	container=$(podman run --detach --network none --read-only --read-only-tmpfs=false --cap-drop ALL --security-opt no-new-privileges \
		--memory 512m --volume "$volume:/var/lib/chancery" --env CHANCERY_URL=https://chancery.firm.example --env CHANCERY_DRAIN=10s "$image")
	until_true "the health check answers" podman healthcheck run "$container"
	pid=$(podman inspect --format '{{.State.Pid}}' "$container")
}
# get asks from within its network, which has nothing but loopback, with a program that the image does not have
get() { nsenter --target "$pid" --net -- curl --silent --max-time 60 --header 'X-Forwarded-Proto: https' "$@"; }
status() { get --output /dev/null --write-out '%{http_code} %{content_type}' "$1"; }
inside() { podman exec "$container" "$@"; }
up

proc() { awk -v key="$1:" '$1 == key { print $2, $3 }' "/proc/$pid/status"; }
holds "user id" "$(proc Uid)" "65532 65532"
holds "group id" "$(proc Gid)" "65532 65532"
holds "no new privileges" "$(proc NoNewPrivs)" "1 "
holds "no capabilities" "$(proc CapPrm)$(proc CapEff)$(proc CapBnd)" "$(printf '0000000000000000 %.0s' 1 2 3)"
holds "no network but loopback" "$(nsenter --target "$pid" --net -- cat /proc/net/dev | awk -F: 'NR > 2 { print $1 }' | tr -d ' ')" lo

page=$(get http://127.0.0.1:8080/sign-in || true)
holds "the sign-in page" "$(grep -c '<form[^>]*action="/sign-in"' <<<"$page") $(grep -c 'type="password"' <<<"$page")" "1 1"
style=$(grep -oE '/static/[0-9a-f]+/app\.css' <<<"$page" | head -1 || true)
holds "its style" "$(status "http://127.0.0.1:8080$style")" "200 text/css; charset=utf-8"
holds "metrics" "$(status http://127.0.0.1:9090/metrics | cut -d' ' -f1)" 200

link=$(inside /usr/local/bin/chancery user create --super-admin --email you@firm.example --first-name Ada --last-name Quinn |
	grep -oE 'https://chancery\.firm\.example/[^ ]+' | head -1 || true)
holds "the link of the first administrator" "$(status "http://127.0.0.1:8080${link#https://chancery.firm.example}" | cut -d' ' -f1)" 200
podman exec "$container" /usr/local/bin/chancery backup - >"$work/monday.tar" || true
holds "a backup as an archive" "$(tar --list --file "$work/monday.tar" | LC_ALL=C sort | paste -sd' ')" "SHA256SUMS blobs/ chancery.db secret-key"
holds "a backup on the volume" "$(inside /usr/local/bin/chancery backup /var/lib/chancery/monday >/dev/null 2>&1 && echo made)" made
for place in /tmp /etc /usr/local/bin /backup; do
	refused "writing to $place" "read-only file system" podman exec "$container" /usr/local/bin/chancery backup "$place/monday"
done
for shell in sh /bin/sh /bin/bash /busybox/sh; do
	refused "a shell: $shell" "no such file\|not found" podman exec "$container" "$shell" -c true
done

# Told to end, it says so, serves on, and ends well.
draining() { [ "$(get --output /dev/null --write-out '%{http_code}' http://127.0.0.1:9090/readyz)" = 503 ]; }
podman kill --signal TERM "$container" >/dev/null || true
until_true "told to end, it says so" draining
holds "and serves on" "$(status http://127.0.0.1:8080/sign-in | cut -d' ' -f1)" 200
refused "the health check" unhealthy podman healthcheck run "$container"
holds "and ends well" "$(podman wait "$container")" 0
podman rm "$container" >/dev/null

# Another one on the same volume is the same practice.
same_practice() {
	refused "the first administrator, once more, $1" "This address belongs to Ada Quinn" podman exec "$container" /usr/local/bin/chancery user create \
		--super-admin --email you@firm.example --first-name Ada --last-name Quinn
}
up
same_practice "on the same volume"
podman rm --force --time 0 "$container" >/dev/null

# And so is one on a new volume, into which the archive was restored while it ran.
podman volume rm "$volume" >/dev/null
volume=$(podman volume create)
up
holds "a restore out of an archive" "$(podman exec --interactive "$container" /usr/local/bin/chancery restore - <"$work/monday.tar" 2>&1 | grep -c 'lies ready')" 1
podman stop --time 30 "$container" >/dev/null
podman rm "$container" >/dev/null
up
same_practice "restored"
podman rm --force --time 0 "$container" >/dev/null
container=

echo "image: $held hold, $failed do not; $size MiB; $((SECONDS - start)) s"
[ $failed = 0 ]
