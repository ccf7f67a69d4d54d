#!/usr/bin/env bash
# openapi.sh   prints the path of the validator that tests hold the API's answers with, fetching its packages first where they changed.
#
# By exact version and lock file, as assets.sh does; none of their install scripts run.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$chancery_root/.ci/tools/openapi"
stamp="$chancery_root/.cache/openapi"

"$chancery_root/.ci/need.sh" node
now=$(sha256sum package.json package-lock.json | sha256sum)
if [ ! -d node_modules/ajv ] || [ "$(cat "$stamp" 2>/dev/null)" != "$now" ]; then
	npm install --ignore-scripts --no-audit --no-fund --loglevel=error >&2
	mkdir -p "$(dirname "$stamp")"
	sha256sum package.json package-lock.json | sha256sum >"$stamp"
fi
echo "$PWD/validate.mjs"
