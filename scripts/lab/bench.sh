# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # names that the files of the lab share
# The programs of the lab: an agent, a controller, an engine, and clients. Sourced, never run.
#
# LOOKOUT, CONTROLLER: the binaries, those of scripts/build-release unless told otherwise.
# ENGINE: the folder of an engine of scripts/engine that runs already; without it the lab starts one and ends it.

scripts=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../common.sh
. "$scripts/common.sh"
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
lookout=${LOOKOUT:-$scripts/../.build/release/lookout}
controller=${CONTROLLER:-$scripts/../.build/release/edge-controller}

# What a program may take to come up on a machine that others load.
start_seconds=30

now_ms() {
    date +%s%3N
}

# Milliseconds as seconds with one digit.
seconds() {
    printf '%d.%d' "$(($1 / 1000))" "$(($1 % 1000 / 100))"
}

need() {
    for program; do
        command -v "$program" >/dev/null || die "there is no $program; scripts/packages engine network installs all but curl and python3"
    done
    [ -x "$lookout" ] || die "there is no $lookout; run scripts/build-release lookout, or set LOOKOUT"
    [ -x "$controller" ] ||
        die "there is no $controller; run scripts/build-release edge-controller, or set CONTROLLER"
}

# Makes the folder of this run, directly under /tmp: the path of a Unix socket has room for 107 bytes. Whatever the lab
# starts is gone when the script ends, however that happens.
open_lab() {
    lab=$(mktemp -d /tmp/lookout-lab.XXXXXX)
    trap 'close_lab' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    engine_folder=${ENGINE:-$lab/engine}
    [ -n "${ENGINE:-}" ] || (unset DOCKER_SOCKET && "$scripts/engine" start "$engine_folder")
    engine=$engine_folder/docker.sock
    [ -S "$engine" ] || die "there is no engine at $engine; run scripts/engine start $engine_folder"
    (umask 077 && "$lookout" keygen -comment lab >"$lab/key.pem" 2>/dev/null)
    (umask 077 && "$lookout" keygen -pub-from "$lab/key.pem" -comment lab >"$lab/keys" 2>/dev/null)
}

close_lab() {
    end_all
    after_lab
    [ -n "${ENGINE:-}" ] || (unset DOCKER_SOCKET && "$scripts/engine" stop "$engine_folder")
    if [ -n "${KEEP:-}" ]; then
        say "what the programs said is in $lab"
    else
        rm -rf "$lab"
    fi
}

# What a script has to undo beside programs and the engine; it sets another one.
after_lab() {
    :
}

# When a process started, in clock ticks since the machine did; nothing where it has ended. It tells a process from a
# later one with the same number.
born() {
    { sed 's/.*) //' "/proc/$1/stat"; } 2>/dev/null | awk '$1 != "Z" { print $20 }'
}

# Starts a program in a session of its own, so that Ctrl-C reaches the script alone and it cleans up.
launch() {
    name=$1
    shift
    setsid "$@" </dev/null >>"$lab/$name.log" 2>&1 &
    printf '%s %s\n' "$!" "$(born "$!")" >"$lab/$name.pid"
}

# Whether the program is still there and still the one we started; sets `pid`.
alive() {
    read -r pid since 2>/dev/null <"$lab/$1.pid" || return 1
    [ -n "$since" ] && [ "$(born "$pid")" = "$since" ]
}

signal() {
    alive "$1" || return 0
    kill -s "$2" "$pid" 2>/dev/null || true
}

# Ends a program, by force after ten seconds.
end() {
    if alive "$1"; then
        kill -s CONT "$pid" 2>/dev/null || true
        kill -s "${2:-TERM}" "$pid" 2>/dev/null || true
        give_up=$(($(now_ms) + 10000))
        while alive "$1"; do
            [ "$(now_ms)" -lt "$give_up" ] || kill -s KILL "$pid" 2>/dev/null || true
            sleep 0.05
        done
    fi
    rm -f "$lab/$1.pid"
}

end_all() {
    for file in "$lab"/*.pid; do
        [ -e "$file" ] || continue
        program=$(basename "$file" .pid)
        # The clients would wait for answers until their deadline.
        case "$program" in
        load*) end "$program" KILL ;;
        *) end "$program" ;;
        esac
    done
}

# Where a log ends now; `heard` looks behind it.
mark() {
    wc -c 2>/dev/null <"$lab/$1.log" || echo 0
}

# heard NAME MARK TEXT: the lines with the text that came behind the mark.
heard() {
    tail -c "+$(($2 + 1))" "$lab/$1.log" 2>/dev/null | grep -- "$3"
}

# wait_for SECONDS COMMAND…: until the command succeeds; fails after the seconds.
wait_for() {
    give_up=$(($(now_ms) + $1 * 1000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(now_ms)" -lt "$give_up" ] || return 1
        sleep 0.1
    done
}

# Sets `port`, which stays the same when it is started again. `on_world` and `address` say
# where it runs.
start_controller() {
    at=$(mark controller)
    # shellcheck disable=SC2086  # the words before a program
    launch controller ${on_world:-} "$controller" --listen "${address:-127.0.0.1}:${port:-0}" \
        --authorized-keys "$lab/keys" --sockets "$lab/sockets"
    wait_for "$start_seconds" heard controller "$at" 'listening on' || die "the controller did not start"
    port=$(heard controller "$at" 'listening on' | sed 's/.*://')
}

# start_agent [VARIABLE=VALUE…]: in edge mode, on the agent's host where there is a network. What stands before the
# controller may have another name and another port.
start_agent() {
    # shellcheck disable=SC2086  # the words before a program
    launch agent ${on_agent:-} ${before_agent:-} env -i PATH="$PATH" ${preload:-} \
        DRYDOCK_URL="${scheme:-http}://${name_of_controller:-${address:-127.0.0.1}}:${front_port:-$port}" ALLOW_PLAINTEXT_CONTROLLER=true \
        PRIVATE_KEY_FILE="$lab/key.pem" AGENT_NAME=lab DOCKER_SOCKET="$engine" BIND_ADDRESS="unix:$lab/agent.sock" \
        LOG_FORMAT=text LOG_LEVEL=info "$@" "$lookout"
}

# connected [MARK]: whether the agent was welcomed behind this mark of its log.
connected() {
    heard agent "${1:-0}" ' welcomed'
}

# What /_lookout/status says under a name.
status() {
    curl --silent --max-time 5 --unix-socket "$lab/agent.sock" http://agent/_lookout/status |
        python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1], ""))' "$1"
}

# The engine's answer at the controller's end, within some seconds: ask PATH [SECONDS].
ask() {
    curl --silent --fail --max-time "${2:-5}" --unix-socket "$lab/sockets/lab.sock" "http://docker$1"
}
