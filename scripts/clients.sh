# shellcheck shell=bash
# Sourced by the other scripts: installs programs of others that use the server in the tests, with the Node that they need,
# in the versions of their lock files.

# Programs that speak MCP: the official client, the Inspector, the official test suite and a browser.
install_mcp_clients() {
    install_packages chromium chromium
    install_node_programs internal/mcp/clients
    export MCP_CLIENTS=1 # they are there: a test that can't start them fails
}

# Programs that read the API description: a linter, and what makes a client of it.
install_api_clients() {
    install_node_programs internal/app/clients
    export API_CLIENTS=1
}

install_node_programs() {
    install_packages npm npm
    local folder=${BASH_SOURCE[0]%/*}/../$1
    if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then
        echo "Installing the programs of $1 ..."
        # Not "npm ci": it takes a lock file for stale that has an optional package which is not there for this system.
        npm install --prefix "$folder" --no-save --ignore-scripts --no-audit --no-fund --silent
        cp "$folder/package-lock.json" "$folder/node_modules/.installed"
    fi
}
