# shellcheck shell=bash
# Sourced by the other scripts: gives TEST_VERSITYGW, an S3 server that tests start for themselves. Without one in the
# environment it is built from its pinned source, which takes a minute or two once, and kept in the cache of
# the user.

find_s3_server() {
    if [ -n "${TEST_VERSITYGW:-}" ]; then
        return
    fi
    local version=v1.8.0 folder program unfinished
    folder=${XDG_CACHE_HOME:-$HOME/.cache}/notechondria-test
    program=$folder/versitygw-$version
    if [ ! -x "$program" ]; then
        echo "Building the S3 server versitygw $version ..."
        mkdir -p "$folder"
        unfinished=$(mktemp -d "$folder/build.XXXXXX")
        if ! CGO_ENABLED=0 GOFLAGS='' GOBIN=$unfinished go install "github.com/versity/versitygw/cmd/versitygw@$version" ||
            ! mv "$unfinished/versitygw" "$program"; then
            rm -rf "$unfinished"
            echo "versitygw $version could not be built" >&2
            return 1
        fi
        rmdir "$unfinished"
    fi
    export TEST_VERSITYGW=$program
}
