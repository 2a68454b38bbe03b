# shellcheck shell=bash
# Sourced by the other scripts: gives TEST_OPENID_PROVIDER, an OpenID provider that tests start for themselves: the
# example server of zitadel/oidc.

# shellcheck source=scripts/programs.sh
. "${BASH_SOURCE[0]%/*}/programs.sh"

find_openid_provider() {
    if [ -z "${TEST_OPENID_PROVIDER:-}" ]; then
        TEST_OPENID_PROVIDER=$(built github.com/zitadel/oidc/v3/example/server@v3.51.17 openid) || return
        export TEST_OPENID_PROVIDER
    fi
}
