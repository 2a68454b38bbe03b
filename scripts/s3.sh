# shellcheck shell=bash
# Sourced by the other scripts: gives TEST_VERSITYGW, an S3 server that tests start for themselves.

# shellcheck source=scripts/programs.sh
. "${BASH_SOURCE[0]%/*}/programs.sh"

find_s3_server() {
    if [ -z "${TEST_VERSITYGW:-}" ]; then
        TEST_VERSITYGW=$(built github.com/versity/versitygw/cmd/versitygw@v1.8.0 versitygw) || return
        export TEST_VERSITYGW
    fi
}
