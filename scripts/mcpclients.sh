# shellcheck shell=bash
# Sourced by the other scripts: installs the programs that speak to the endpoint for agents in the tests, in the versions
# of the lock file, and the browser in which people decide on them.

install_mcp_clients() {
    install_packages npm npm
    install_packages chromium chromium
    local folder=${BASH_SOURCE[0]%/*}/../internal/apptest/mcpclients
    if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then
        echo "Installing clients of MCP ..."
        npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent
        cp "$folder/package-lock.json" "$folder/node_modules/.installed"
    fi
    export MCP_CLIENTS=1 # they are there: a test that can't run them fails
}
