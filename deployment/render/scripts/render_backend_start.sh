#!/usr/bin/env bash
# Starts the server on Render in the four steps of docs/deployment/render.md: migrate, bootstrap, collect static files,
# serve. It runs from the root of the repository, and from a service root one folder below it:
#
#     bash deployment/render/scripts/render_backend_start.sh
#     bash ../deployment/render/scripts/render_backend_start.sh
#
# The program is NOTECHONDRIA_BINARY, or "notechondria" in the service root or the repository's; without any it is
# built here.
set -euo pipefail

say() { printf 'start: %s\n' "$*"; }
fail() {
    printf 'start: %s\n' "$*" >&2
    exit 1
}

# is_program FILE: a file that can be run. A folder of that name is none.
is_program() { [ -f "$1" ] && [ -x "$1" ]; }

# find_program prints the absolute path of the program, or nothing. It looks before the working folder changes.
find_program() {
    if [ -n "${NOTECHONDRIA_BINARY:-}" ]; then
        is_program "$NOTECHONDRIA_BINARY" || fail "NOTECHONDRIA_BINARY: $NOTECHONDRIA_BINARY is no program"
        realpath "$NOTECHONDRIA_BINARY"
        return
    fi
    local candidate
    for candidate in ./notechondria "$root/notechondria"; do
        if is_program "$candidate"; then
            realpath "$candidate"
            return
        fi
    done
}

# build_program builds what the build command should have built. On a small instance that takes minutes.
build_program() {
    command -v go >/dev/null ||
        fail "no program: add the build command of docs/deployment/render.md to the service, or set NOTECHONDRIA_BINARY"
    say "no program was built yet; building it now (the build command of docs/deployment/render.md does it in advance)"
    go build -trimpath -ldflags "-s -w" -tags netgo -o notechondria .
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
program=$(find_program)
cd "$root" # so that .env and backend/.env are found from every service root
if [ -z "$program" ]; then
    build_program
    program=$root/notechondria
fi

export PORT=${PORT:-10000} # Render's own default
export WEB_CONCURRENCY=${WEB_CONCURRENCY:-2}
if [ -z "${BACKEND_VERSION:-}" ] && [ -r VERSION ]; then
    BACKEND_VERSION=$(tr -d '\r\n' <VERSION)
fi
export BACKEND_VERSION=${BACKEND_VERSION:-}
export BACKEND_BUILD_COMMIT=${BACKEND_BUILD_COMMIT:-${RENDER_GIT_COMMIT:-}}
export BACKEND_BUILD_TIME=${BACKEND_BUILD_TIME:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}
export BACKEND_DEPLOY_TARGET=${BACKEND_DEPLOY_TARGET:-render}

say "1/4 migrate"
"$program" migrate

say "2/4 bootstrap"
"$program" bootstrap || say "bootstrap failed; going on without"

# Not fatal, unlike in the former script: the program serves its own copies of the static files until the bucket has
# them, so a bucket that is unreachable for a moment is no reason to be offline.
say "3/4 collectstatic"
"$program" collectstatic --clear || say "collectstatic failed; the built-in copies are served"

say "4/4 serve"
exec "$program" serve
