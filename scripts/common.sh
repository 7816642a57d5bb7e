# shellcheck shell=sh
# shellcheck disable=SC2034  # names that the scripts use
# What the scripts share. Sourced, never run; a script that sources it is two folders below the repository's top.

top=$(cd "$(dirname "$0")/../.." && pwd -P)
scripts=$top/scripts

say() {
    printf '%s\n' "$*"
}

# Ends the script with one sentence on stderr: what was wrong and what to do about it.
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Runs a command as root: directly, or through sudo for other users.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        die "'$1' needs root and this machine has no sudo; run this as root"
    fi
}

# The last lines of a log, indented, for the moment something went wrong.
show_log() {
    [ -s "$1" ] || return 0
    printf '%s\n' "--- the last lines of $1:" >&2
    tail -n "${2:-20}" "$1" | sed 's/^/    /' >&2
}

# Debian's own archive as this machine's apt has it; /debian-security is another.
debian_mirror() {
    grep -rhE '^(URIs:|deb )' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
        grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' '
}

# Debian's name for the processor of a static program; what is shipped does not depend on libraries.
static_architecture() {
    case "$(file -L "$1")" in
    *x86-64*statically\ linked*) say amd64 ;;
    *aarch64*statically\ linked*) say arm64 ;;
    *) die "$1 is not a static program for amd64 or arm64; build it with make static" ;;
    esac
}

# Whether a test process got to the end of its run; one that crashes does not.
was_through() {
    grep -q '"kind":"runEnded"' "$1" 2>/dev/null
}

# Prints `passed NAME`, `skipped NAME` or `failed NAME` for every test of a run, from the file of events that it wrote. Only
# a function has parentheses in its name; a suite can fail by itself too.
outcomes() {
    awk '
        function named(  id) {
            match($0, /"testID":"[^"]*"/)
            id = substr($0, RSTART + 10, RLENGTH - 11)
            sub(/\\\/[^\\\/]*\.swift:[0-9]+:[0-9]+$/, "", id)
            gsub(/\\\//, ".", id)
            return id
        }
        /"kind":"issueRecorded"/ && !/"isKnown":true/ && !/"severity":"warning"/ {
            if ($0 ~ /"testID":/) failed[named()] = 1; else failed["an issue that belongs to no test"] = 1
        }
        /"kind":"testSkipped"/ { skipped[named()] = 1 }
        /"kind":"testEnded"/ { ended[named()] = 1 }
        END {
            for (name in failed) print "failed " name
            for (name in ended) if (name ~ /\(/ && !(name in failed) && !(name in skipped)) print "passed " name
            for (name in skipped) if (name ~ /\(/) print "skipped " name
        }
    ' "$1" | sort
}
