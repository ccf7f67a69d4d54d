#!/usr/bin/env bash
# tools.sh NAME...   prints the path of each program, building first what is missing.
#
# The programs and their versions stand in tools/go.mod, or in the go.mod of a folder below it where what a program needs would move the
# versions of the others; a file ldflags beside it is handed to the linker, with the version for VERSION. A program that such a folder
# holds itself has the sum of its files for a version. A binary is kept in the cache folder under its version and the version of Go
# (a linter must be built by the Go it lints for), so the next run costs milliseconds. A change of only an indirect dependency does
# not rebuild: remove the folder for that.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$chancery_root/.ci/tools"

# package_of NAME → "folder import/path version", read from go.mod itself so that a warm run asks no network
package_of() {
	local folder found
	for folder in . */; do
		if found=$(in_folder "$1" "$folder/go.mod"); then
			echo "$folder $found"
			return
		fi
	done
	return 1
}
in_folder() {
	[ -f "$2" ] || return
	awk -v name="$1" '
		function named(path,   n, part) { n = split(path, part, "/"); if (part[n] ~ /^v[0-9]+$/) n -= 2; return part[n] == name } # etcd/server/v3 is etcd
		$1 == "tool" && $2 == "(" { in_tool = 1; next }
		$1 == ")"                 { in_tool = 0 }
		$1 == "tool"              { if (named($2)) pkg = $2 }
		in_tool                   { if (named($1)) pkg = $1 }
		$2 ~ /^v[0-9]/            { version[$1] = $2 }
		$1 == "module"            { module = $2 }
		END {
			if (pkg == module && pkg != "") { print pkg, "own"; exit }
			for (m in version) if (index(pkg "/", m "/") == 1 && length(m) > length(best)) best = m
			if (best == "") exit 1
			print pkg, version[best]
		}' "$2"
}

# build NAME FOLDER PACKAGE VERSION BINARY
build() {
	local name=$1 folder=$2 package=$3 version=$4 binary=$5 flags="-s -w" quick="all=-dwarf=false -l" start=$SECONDS
	echo "building $name $version, once" >&2
	mkdir -p "$(dirname "$binary")"
	[ ! -f "$folder/ldflags" ] || flags+=" $(sed "s/VERSION/$version/g" "$folder/ldflags")"
	# Nobody debugs them, and but for the linter none has much to do: without inlining, and without a collector in the compiler, there is a third
	# less to compile.
	[ "$name" != golangci-lint ] || quick="all=-dwarf=false"
	# under another name first: two runs at once, or one that is stopped, never leave half a program
	GOGC=off GOMEMLIMIT=1GiB go -C "$folder" build -gcflags="$quick" -ldflags "$flags" -o "$binary.$$" "$package"
	mv "$binary.$$" "$binary"
	echo "built $name in $((SECONDS - start)) s" >&2
}

binaries=() folders=()
declare -A missing=() # folder → lines of what is to be built from it
for name in "$@"; do
	found=$(package_of "$name") || { echo "tools.sh: no program $name in .ci/tools/go.mod" >&2; exit 2; }
	read -r folder package version <<<"$found"
	if [ "$version" = own ]; then version=$(cat "$folder"/*.go "$folder/go.mod" | sha256sum | cut -c-12); fi
	binary="$chancery_tools/$name-$version-$(go env GOVERSION)/$name"
	binaries+=("$binary")
	[ ! -x "$binary" ] || continue
	[ -n "${missing[$folder]:-}" ] || folders+=("$folder")
	missing[$folder]+="$name $folder $package $version $binary"$'\n'
done

# Two folders at once, because who links one program leaves a core to the other; one after the other within a folder, where the second finds
# compiled what it shares with the first.
status=0
declare -A running=()
end_one() {
	local ended=
	wait -n -p ended "${!running[@]}" || status=1
	unset "running[$ended]"
}
for folder in ${folders[@]+"${folders[@]}"}; do
	[ ${#running[@]} -lt 2 ] || end_one
	while read -r line; do
		# shellcheck disable=SC2086 # five words, and none of them has a space
		build $line </dev/null
	done < <(printf %s "${missing[$folder]}") &
	running[$!]=$folder
done
while [ ${#running[@]} -gt 0 ]; do end_one; done
[ $status = 0 ] || exit 1
printf '%s\n' "${binaries[@]}"
