# shellcheck shell=bash
# Sourced by the other scripts: installs Debian's Django, which makes databases of the former system for the tests.

install_django() {
    if ! /usr/bin/python3 -c 'import django, psycopg2' 2>/dev/null; then
        install_packages /no/program python3-django python3-psycopg2
    fi
    export DJANGO=1 # it is there: a test that can't use it fails
}
