# shellcheck shell=bash
# Sourced by the other scripts: installs ical.js, which reads calendars in the tests, in the version of the lock file.

install_icaljs() {
    local folder=${BASH_SOURCE[0]%/*}/../internal/apptest/secondopinion
    if cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then
        return
    fi
    echo "Installing ical.js ..."
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent
    cp "$folder/package-lock.json" "$folder/node_modules/.installed"
}
