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

for name in "$@"; do
	found=$(package_of "$name") || { echo "tools.sh: no program $name in .ci/tools/go.mod" >&2; exit 2; }
	read -r folder package version <<<"$found"
	if [ "$version" = own ]; then version=$(cat "$folder"/*.go "$folder/go.mod" | sha256sum | cut -c-12); fi
	binary="$chancery_tools/$name-$version-$(go env GOVERSION)/$name"
	if [ ! -x "$binary" ]; then
		echo "building $name $version, once" >&2
		start=$SECONDS
		mkdir -p "$(dirname "$binary")"
		# under another name first: two runs at once, or one that is stopped, never leave half a program
		flags="-s -w"
		[ ! -f "$folder/ldflags" ] || flags+=" $(sed "s/VERSION/$version/g" "$folder/ldflags")"
		# nobody debugs them: a sixth less to compile
		go -C "$folder" build -gcflags=all=-dwarf=false -ldflags "$flags" -o "$binary.$$" "$package"
		mv "$binary.$$" "$binary"
		echo "built $name in $((SECONDS - start)) s" >&2
	fi
	echo "$binary"
done
