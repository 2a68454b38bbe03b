# shellcheck shell=bash
# Sourced by the other scripts: looks at the code with golangci-lint, as .golangci.yml says. It is built from its pinned
# source once, into the cache of the user: as a tool of a module it would bring some two hundred modules with it.

# shellcheck source=scripts/programs.sh
. "${BASH_SOURCE[0]%/*}/programs.sh"

lint() {
    local linter
    linter=$(built github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 golangci-lint) || return
    "$linter" run ./... && (cd tools && "$linter" run --config ../.golangci.yml ./...)
}
