# shellcheck shell=bash
# Sourced by the other scripts: installs the programs that read calendars in the tests beside us. They are Debian's
# recurring-ical-events, and ical.js in the version of the lock file.

install_second_opinions() {
    if ! /usr/bin/python3 -c 'import icalendar, recurring_ical_events' 2>/dev/null; then
        install_packages /no/program python3-recurring-ical-events
    fi
    install_packages npm npm
    local folder=${BASH_SOURCE[0]%/*}/../internal/apptest/secondopinion
    if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then
        echo "Installing ical.js ..."
        npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent
        cp "$folder/package-lock.json" "$folder/node_modules/.installed"
    fi
    export SECOND_OPINIONS=1 # they are there: a test that can't ask them fails
}
