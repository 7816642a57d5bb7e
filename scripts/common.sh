# shellcheck shell=sh
# Words shared by the scripts in this folder. Sourced, never run.

say() {
    printf '%s\n' "$*"
}

# Ends the script with one sentence on stderr: what was wrong and what to do about it.
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Runs a command as root: directly, or through sudo where the caller is somebody else.
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
