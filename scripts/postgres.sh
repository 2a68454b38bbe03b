# Sourced by the other scripts: gives TEST_DATABASE_URL, the address of a PostgreSQL server on which tests make and
# drop databases of their own. Without one in the environment, PostgreSQL is installed (Debian) and a throw-away server
# is started, which ends with the script.

start_postgres() {
    if [ -n "${TEST_DATABASE_URL:-}" ]; then
        return
    fi
    install_packages initdb postgresql-15
    local bin folder port
    bin=$(dirname "$(find_program initdb)")
    folder=$(mktemp -d)
    port=$(free_port)
    as_server chown_to_server "$folder"
    as_server run "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
    # Tests are thrown away with their data, so nothing needs to reach the disk.
    as_server run "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w start \
        -o "-p $port -k '' -h 127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=128MB" >/dev/null
    stop_postgres() {
        as_server run "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null || true
        rm -rf "$folder"
    }
    export TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
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
    command -v "$1" 2>/dev/null || ls "/usr/lib/postgresql/15/bin/$1" "/usr/sbin/$1" 2>/dev/null | head -n 1
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

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
