#!/bin/sh
# Installs, upgrades and removes Lookout on a Linux host. Needs a POSIX shell and the usual small tools, busybox's too.
#
#   install.sh install   [--from PLACE]  binary, units, /etc/lookout with settings and a key
#   install.sh upgrade   [--from PLACE]  binary and units; settings and key stay, a running agent is restarted
#   install.sh uninstall [--purge]       removes all of it but /etc/lookout; with --purge that too
#
# PLACE is a release archive with its checksum file beside it, or the folder that it unpacks to; without --from it is
# the folder of this script. Other options:
#
#   --checksums FILE   the checksum file, unless it is SHA256SUMS beside what is checked
#   --prefix DIR       /usr/local: the binary goes to DIR/bin, the manual to DIR/share/man
#   --root DIR         works below DIR instead of /, and starts and stops nothing
#
# Nothing is touched before everything is checked. It fetches nothing.
set -eu

say() {
    printf '%s\n' "$*"
}

warn() {
    printf 'install.sh: note: %s\n' "$*" >&2
}

die() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

usage() {
    die "usage: install.sh install|upgrade [--from PLACE] [--checksums FILE], or install.sh uninstall [--purge];" \
        "all with [--prefix DIR] [--root DIR]"
}

units="lookout.service lookout-monitor.service"

# What is to be installed

cleanup() {
    [ -z "$work" ] || rm -rf "$work"
    [ -z "$half" ] || rm -f "$half"
}

# sum_of FILE LIST: what LIST says of a file of that name; nothing where it says nothing.
sum_of() {
    awk -v name="$(basename "$1")" '{ n = $2; sub(/^[*]/, "", n); sub(/^\.\//, "", n) } n == name { print $1; exit }' "$2"
}

# verify FILE LIST: the file is the one that the list means.
verify() {
    [ -f "$1" ] || die "there is no $1; is this all of the release?"
    expected=$(sum_of "$1" "$2")
    [ -n "$expected" ] || die "$2 has no line for $(basename "$1"); it belongs to another release"
    actual=$(sha256sum "$1" | cut -d ' ' -f 1)
    [ "$actual" = "$expected" ] || die "the checksum of $1 is wrong: it is damaged, or is not what was released;" \
        "fetch it again (expected $expected, found $actual). Nothing was changed"
}

# Sets `place` to a folder whose files are checked.
find_release() {
    if [ -d "$from" ]; then
        place=$from
        list=${checksums:-$place/SHA256SUMS}
    elif [ -f "$from" ]; then
        list=${checksums:-$(dirname "$from")/SHA256SUMS}
        [ -f "$list" ] || die "there is no checksum file $list; put the release's SHA256SUMS there or say --checksums FILE"
        verify "$from" "$list"
        work=$(mktemp -d)
        gzip -dc "$from" 2>/dev/null | tar -xf - -C "$work" 2>/dev/null ||
            die "$from cannot be unpacked; --from takes a release's .tar.gz or the folder that it unpacks to"
        # The archive holds one folder.
        place=
        for folder in "$work"/*/; do place=${folder%/}; done
        list=$place/SHA256SUMS
    else
        die "there is no $from; --from takes a release's .tar.gz or the folder that it unpacks to"
    fi
    [ -f "$place/lookout" ] || die "there is no lookout in $from; --from takes a release's .tar.gz or the folder that it unpacks to"
    [ -f "$list" ] || die "there is no checksum file $list; put the release's SHA256SUMS there or say --checksums FILE"
    for file in lookout lookout.8 $units lookout.env; do
        verify "$place/$file" "$list"
    done
}

# The processor that an ELF file is for, as `uname -m` says it.
processor_of() {
    case "$(dd if="$1" bs=1 count=20 2>/dev/null | od -An -tx1 | tr -d ' \n')" in
    7f454c4602*3e00) say x86_64 ;;
    7f454c4602*b700) say aarch64 ;;
    7f454c46*) say "another processor" ;;
    *) say nothing ;;
    esac
}

check_processor() {
    here=$(uname -m)
    [ "$here" != arm64 ] || here=aarch64
    built=$(processor_of "$place/lookout")
    case "$built" in
    nothing) die "$place/lookout is not a Linux program" ;;
    "$here") ;;
    *) die "this lookout is built for $built and this machine is $here; fetch the release for $here" ;;
    esac
    version=$("$place/lookout" version 2>/dev/null) || die "$place/lookout does not run on this machine"
}

# Where it goes

is_systemd() {
    [ -d "$root/etc/systemd/system" ] || [ -x "$root/usr/lib/systemd/systemd" ] || [ -x "$root/lib/systemd/systemd" ]
}

# A systemd that runs this host, and not only its files.
is_running_systemd() {
    [ -z "$root" ] && [ -d /run/systemd/system ] && command -v systemctl >/dev/null
}

check_target() {
    if [ -n "$root" ]; then
        [ -d "$root" ] || die "there is no folder $root for --root"
        [ -w "$root" ] || die "$root cannot be written to by this user"
    else
        [ "$(id -u)" -eq 0 ] || die "$command changes $prefix/bin, /etc/systemd/system and /etc/lookout and needs root;" \
            "run it again with sudo"
    fi
    if [ -f "$root/var/lib/dpkg/info/lookout.list" ]; then
        die "the package lookout is installed on this host; upgrade and remove it with apt or dpkg"
    fi
}

# put FILE TARGET MODE: in one step, so that nobody ever sees half a file and a running binary can be replaced.
put() {
    mkdir -p "$(dirname "$2")"
    half=$2.new
    cp "$1" "$half"
    chmod "$3" "$half"
    mv -f "$half" "$2"
    half=
}

put_program() {
    put "$place/lookout" "$program" 755
    # Only where somebody can read it.
    [ ! -d "$root$prefix/share/man" ] || put "$place/lookout.8" "$manual" 644
    is_systemd || return 0
    work=${work:-$(mktemp -d)}
    for unit in $units; do
        sed "s|/usr/local/bin/lookout|$prefix/bin/lookout|" "$place/$unit" >"$work/$unit"
        put "$work/$unit" "$unit_folder/$unit" 644
    done
    ! is_running_systemd || systemctl daemon-reload
}

put_settings() {
    [ -d "$config" ] || mkdir -p "$config"
    chmod 700 "$config"
    [ -e "$config/lookout.env" ] || put "$place/lookout.env" "$config/lookout.env" 600
}

# Sets `line` to the key's public line; makes the key first where there is none.
put_key() {
    comment=$(uname -n)
    if [ -e "$config/agent.pem" ]; then
        line=$("$program" keygen -pub-from "$config/agent.pem" -comment "$comment" 2>/dev/null) || {
            line=
            warn "$config/agent.pem is there but cannot be used as a key; lookout keygen -pub-from $config/agent.pem says why"
        }
    else
        line=$("$program" keygen -out "$config/agent.pem" -comment "$comment" 2>/dev/null) ||
            die "lookout could not write a key to $config/agent.pem; the rest is installed"
    fi
}

check_docker() {
    if is_systemd && ! grep -q '^docker:' "$root/etc/group" 2>/dev/null; then
        warn "there is no group docker on this host, and the unit joins it; install Docker, or change SupplementaryGroups" \
            "with: systemctl edit lookout"
    fi
    [ -n "$root" ] || [ -S "${DOCKER_SOCKET:-/var/run/docker.sock}" ] ||
        warn "there is no Docker socket at ${DOCKER_SOCKET:-/var/run/docker.sock}; if the engine's is elsewhere, say so with" \
            "DOCKER_SOCKET in $config/lookout.env"
}

# The commands

next_steps() {
    say "lookout $version is installed as $prefix/bin/lookout."
    [ -z "$line" ] || {
        say "Its public line, to be registered at the controller:" ""
        say "    $line"
    }
    say "" "Next:"
    say "  1. Register that line: at a Drydock in the file that its DD_PORTWING_AUTHORIZED_KEYS names, or with"
    say "     POST /api/v1/portwing/keys; the manual (lookout.8) says how."
    say "  2. Set DRYDOCK_URL and AGENT_NAME in /etc/lookout/lookout.env."
    if is_systemd; then
        say "  3. systemctl enable --now lookout, and see it with: journalctl -u lookout -f"
    else
        say "  3. Have your init system run this as a user who may open the Docker socket and read the key:"
        say "     set -a; . /etc/lookout/lookout.env; PRIVATE_KEY_FILE=/etc/lookout/agent.pem exec $prefix/bin/lookout"
    fi
}

install() {
    [ ! -e "$program" ] || die "there is a $program already; to replace it run: install.sh upgrade"
    put_program
    put_settings
    put_key
    check_docker
    next_steps
}

upgrade() {
    [ -e "$program" ] || die "there is no $program to upgrade; run: install.sh install"
    put_program
    say "lookout $version is in place; settings and key in $config are as they were."
    is_running_systemd || return 0
    for unit in $units; do
        if systemctl is-active --quiet "$unit"; then
            systemctl restart "$unit"
            say "$unit is restarted."
        fi
    done
}

uninstall() {
    if is_running_systemd; then
        for unit in $units; do
            [ ! -e "$unit_folder/$unit" ] || systemctl --quiet disable --now "$unit" || warn "$unit could not be stopped; go on"
        done
    fi
    rm -f "$program" "$manual"
    rmdir "$(dirname "$manual")" 2>/dev/null || true
    for unit in $units; do rm -f "$unit_folder/$unit"; done
    ! is_running_systemd || systemctl daemon-reload
    if [ "$purge" = yes ]; then
        # The second is where systemd puts the state of a service whose user does not last, the third its link to that.
        rm -rf "$config" "$root/var/lib/private/lookout" "$root/var/lib/lookout"
        for unit in $units; do rm -rf "$unit_folder/$unit.d"; done
        say "lookout, its settings and its key are gone. The controller still knows the key: revoke it there."
    elif [ -d "$config" ]; then
        say "lookout is gone; its settings and its key stay in $config. uninstall --purge removes them."
    else
        say "lookout is gone."
    fi
}

[ $# -gt 0 ] || usage
command=$1
shift
from=$(dirname "$0")
checksums=
root=
prefix=/usr/local
purge=no
while [ $# -gt 0 ]; do
    case "$1" in
    --purge) purge=yes ;;
    --from | --checksums | --prefix | --root)
        [ $# -gt 1 ] || die "$1 wants a value"
        case "$1" in
        --from) from=$2 ;;
        --checksums) checksums=$2 ;;
        --prefix) prefix=${2%/} ;;
        --root) root=${2%/} ;;
        esac
        shift
        ;;
    *) usage ;;
    esac
    shift
done
case "$prefix" in
*[!A-Za-z0-9/._-]*) die "--prefix wants a path of letters, digits and / . _ -, not '$prefix'" ;;
/*) ;;
*) die "--prefix wants an absolute path, not '$prefix'" ;;
esac

program=$root$prefix/bin/lookout
manual=$root$prefix/share/man/man8/lookout.8
unit_folder=$root/etc/systemd/system
config=$root/etc/lookout
work=
half=
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
case "$command" in
install | upgrade)
    check_target
    find_release
    check_processor
    "$command"
    ;;
uninstall)
    check_target
    uninstall
    ;;
*) usage ;;
esac
