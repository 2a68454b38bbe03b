# shellcheck shell=bash
# Sourced by the other scripts: builds programs that tests start for themselves.

# built PACKAGE@VERSION NAME builds a Go program from its pinned source, which takes a minute or two once, and keeps it
# under that name in the cache of the user. It prints where it lies.
built() {
    local package=${1%@*} version=${1#*@} folder program unfinished
    folder=${XDG_CACHE_HOME:-$HOME/.cache}/notechondria-test
    program=$folder/$2-$version
    if [ ! -x "$program" ]; then
        echo "Building $package $version ..." >&2
        mkdir -p "$folder"
        unfinished=$(mktemp -d "$folder/build.XXXXXX")
        if ! CGO_ENABLED=0 GOFLAGS='' GOBIN=$unfinished go install "$1" >&2 || ! mv "$unfinished/${package##*/}" "$program"; then
            rm -rf "$unfinished"
            echo "$package $version could not be built" >&2
            return 1
        fi
        rmdir "$unfinished"
    fi
    echo "$program"
}
