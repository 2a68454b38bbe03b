# shellcheck shell=bash
# Sourced by the other scripts: gives TEST_DATABASE_URL, the address of a PostgreSQL server on which tests make and
# drop databases of their own. Without one in the environment, PostgreSQL is installed (Debian) and a throw-away server
# is started, which ends with the script.

start_postgres() {
    if [ -n "${TEST_DATABASE_URL:-}" ]; then
        return
    fi
    install_packages initdb postgresql-15
    local port tries
    postgres_bin=$(dirname "$(find_program initdb)")
    postgres_folder=$(mktemp -d)
    as_server chown_to_server "$postgres_folder"
    as_server run "$postgres_bin/initdb" -D "$postgres_folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
    # Tests are thrown away with their data, so nothing needs to reach the disk. A port may be taken: then another one is tried.
    for tries in 5 4 3 2 1; do
        port=$((20000 + RANDOM % 12000))
        if as_server run "$postgres_bin/pg_ctl" -D "$postgres_folder/data" -l "$postgres_folder/server.log" -w start \
            -o "-p $port -k '' -h 127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=128MB" >/dev/null; then
            break
        fi
        if [ "$tries" = 1 ]; then echo "PostgreSQL does not start: $(tail -n 3 "$postgres_folder/server.log")" >&2; return 1; fi
    done
    export TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
}

stop_postgres() {
    if [ -n "${postgres_folder:-}" ]; then
        as_server run "$postgres_bin/pg_ctl" -D "$postgres_folder/data" -m immediate stop >/dev/null || true
        rm -rf "$postgres_folder"
    fi
}

# PostgreSQL refuses to run as root.
as_server() {
    case "$1" in
        chown_to_server) if [ "$(id -u)" = 0 ]; then chown postgres "$2"; fi ;;
        run)
            shift
            if [ "$(id -u)" = 0 ]; then (cd / && exec runuser -u postgres -- "$@"); else "$@"; fi ;;
    esac
}

find_program() {
    PATH=$PATH:/usr/lib/postgresql/15/bin:/usr/sbin command -v "$1" || true
}

# install_packages PROGRAM PACKAGE: installs the package unless the program is there.
install_packages() {
    if [ -n "$(find_program "$1")" ]; then
        return
    fi
    echo "Installing $2 ..."
    local sudo=""
    if [ "$(id -u)" != 0 ]; then sudo=sudo; fi
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install "$2" >/dev/null
}
