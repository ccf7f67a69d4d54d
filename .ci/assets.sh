#!/usr/bin/env bash
# assets.sh   builds static/dist when what it is made of has changed since the last time.
#
# The inputs are compared by content, not by date: a checkout changes dates, and a deleted template has none. npm fetches
# packages at build, by exact version and lock file; none of their install scripts run.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$chancery_root"
stamp=.cache/assets

inputs() {
	{
		find static/src static/extension -type f
		find views -type f -name '*.html' # the stylesheet and the icons hold what the templates name
		ls static/package.json static/package-lock.json static/build.mjs static/.npmrc
	} | LC_ALL=C sort | xargs -d '\n' sha256sum
	node --version
}

.ci/need.sh node
now=$(inputs | sha256sum)
if [ -e static/dist/manifest.json ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; then
	exit 0
fi
cd static
npm install --ignore-scripts --no-audit --no-fund --loglevel=error
npm run --silent build
cd ..
mkdir -p "$(dirname "$stamp")"
inputs | sha256sum >"$stamp"
