# shellcheck shell=bash
# Sourced by the other scripts: installs the programs that speak MCP with the server in the tests: the official client, the
# Inspector, the official test suite and a browser, with the Node that they need, in the versions of the lock file.

install_mcp_clients() {
    install_packages npm npm
    install_packages chromium chromium
    local folder=${BASH_SOURCE[0]%/*}/../internal/mcp/clients
    if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then
        echo "Installing programs that speak MCP ..."
        # Not "npm ci": it takes a lock file for stale that has an optional package which is not there for this system.
        npm install --prefix "$folder" --no-save --ignore-scripts --no-audit --no-fund --silent
        cp "$folder/package-lock.json" "$folder/node_modules/.installed"
    fi
    export MCP_CLIENTS=1 # they are there: a test that can't start them fails
}
