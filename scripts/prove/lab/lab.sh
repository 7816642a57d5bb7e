# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # names that the files of the lab share
# The programs of the lab (an agent, a controller, an engine, and clients) and the network between them. Sourced, never run.
#
# LOOKOUT, CONTROLLER: the binaries, by default those of scripts/ship/build optimised.
# ENGINE: the folder of an engine of scripts/dev/engine that runs already; without it the lab starts one and ends it.

# shellcheck source=../../common.sh
. "$(dirname "$0")/../common.sh"
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
lookout=${LOOKOUT:-$top/.build/release/lookout}
controller=${CONTROLLER:-$top/.build/release/edge-controller}

# What a program may take to come up on a machine that others load.
start_seconds=30
# Connections to the engine that are not in use are closed after 60 s.
rest_seconds=75

now_ms() {
    date +%s%3N
}

# Milliseconds as seconds with one digit.
seconds() {
    printf '%d.%d' "$(($1 / 1000))" "$(($1 % 1000 / 100))"
}

as_lab_root() {
    [ "$(id -u)" -eq 0 ] || die "an engine, network namespaces and packet filters need root; run this as root"
}

need() {
    for program; do
        command -v "$program" >/dev/null || die "$program is not installed; scripts/dev/packages engine network installs all but curl and python3"
    done
    [ -x "$lookout" ] || die "$lookout does not exist; run scripts/ship/build optimised lookout, or set LOOKOUT"
    [ -x "$controller" ] ||
        die "$controller does not exist; run scripts/ship/build optimised edge-controller, or set CONTROLLER"
}

# Makes the folder of this run, directly under /tmp: the path of a Unix socket has room for 107 bytes. Whatever the lab
# starts is gone when the script ends, however that happens.
open_lab() {
    lab=$(mktemp -d /tmp/lookout-lab.XXXXXX)
    trap 'close_lab' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    engine_folder=${ENGINE:-$lab/engine}
    [ -n "${ENGINE:-}" ] || (unset DOCKER_SOCKET && "$scripts/dev/engine" start "$engine_folder")
    engine=$engine_folder/docker.sock
    [ -S "$engine" ] || die "no engine listens at $engine; run scripts/dev/engine start $engine_folder"
    (umask 077 && "$lookout" keygen -comment lab >"$lab/key.pem" 2>/dev/null)
    (umask 077 && "$lookout" keygen -pub-from "$lab/key.pem" -comment lab >"$lab/keys" 2>/dev/null)
}

close_lab() {
    end_all
    after_lab
    [ -n "${ENGINE:-}" ] || (unset DOCKER_SOCKET && "$scripts/dev/engine" stop "$engine_folder")
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

clients() {
    launch load "$scripts/prove/lab/peers" load "$lab/sockets/lab.sock" "$lab/answers" "$@"
}

# stop_clients NAME…: they finish what is under way.
stop_clients() {
    for program; do
        signal "$program" TERM
        wait_for 120 not alive "$program" || die "clients ($program) still wait for answers after two minutes; see $lab"
    done
}

not() {
    ! "$@"
}

# Descriptors and threads of the process `pid`.
counted() {
    printf '%s %s' "$(find "/proc/$pid/fd" -mindepth 1 | wc -l)" \
        "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)"
}

# Kills of the engine's daemon, which comes back with its containers.

# Keeps how the daemon was called, for a killed one cannot be asked.
save_engine() {
    tr '\0' '\n' <"/proc/$(cat "$engine_folder/engine.pid")/cmdline" >"$lab/engine.arguments"
    # Containers outlive the daemon, as on a host that is set up for it.
    printf '{"live-restore": true}\n' >"$engine_folder/daemon.json"
}

# Until it answers and its containers run. A daemon that finds the killed one's containerd, even a zombie, waits 15 s
# for it and then ends. So its pid file is removed first, and the daemon is started again, as a service manager would.
start_engine() {
    trace=$engine_folder/exec/containerd/containerd.pid
    wait_for 20 ended "$(cat "$trace" 2>/dev/null || echo 0)" || return 1
    rm -f "$trace"
    tries=0
    until launch_engine; do
        tries=$((tries + 1))
        [ "$tries" -lt 5 ] || return 1
    done
    docker --host "unix://$engine" start demo-logger demo-sleeper demo-shell >/dev/null
}

ended() {
    [ -z "$(born "$1")" ]
}

launch_engine() {
    rm -f "$engine_folder/dockerd.pid" "$engine"
    set --
    while IFS= read -r word; do
        set -- "$@" "$word"
    done <"$lab/engine.arguments"
    setsid "$@" </dev/null >>"$engine_folder/engine.log" 2>&1 &
    daemon=$!
    echo "$daemon" >"$engine_folder/engine.pid"
    wait_for 60 answers_or_ended && docker --host "unix://$engine" version >/dev/null 2>&1
}

answers_or_ended() {
    docker --host "unix://$engine" version || ended "$daemon"
}

# Three hosts in network namespaces, of which the middle one does NAT:
#
#     agent 10.79.0.2 ── 10.79.0.1 router 10.80.0.1 ── 10.80.0.2 world

# open_network [open|closed]: a closed router lets nothing through, so that only a proxy on it leads out.
open_network() {
    network=lab-$$
    router_address=10.79.0.1
    address=10.80.0.2
    close_network
    for host in agent router world; do
        ip netns add "$network-$host"
        ip -n "$network-$host" link set lo up
    done
    link agent inside 10.79.0.2 router inside "$router_address"
    link world outside "$address" router outside 10.80.0.1
    ip -n "$network-agent" route add default via "$router_address"
    on_agent="ip netns exec $network-agent"
    on_router="ip netns exec $network-router"
    on_world="ip netns exec $network-world"
    [ "${1:-}" != closed ] || return 0
    $on_router sysctl -qw net.ipv4.ip_forward=1
    $on_router iptables -w -t nat -A POSTROUTING -o outside -j MASQUERADE
}

# link HOST DEVICE ADDRESS HOST DEVICE ADDRESS
link() {
    ip link add "$2" netns "$network-$1" type veth peer name "$5" netns "$network-$4"
    ip -n "$network-$1" addr add "$3/24" dev "$2"
    ip -n "$network-$1" link set "$2" up
    ip -n "$network-$4" addr add "$6/24" dev "$5"
    ip -n "$network-$4" link set "$5" up
}

close_network() {
    for host in agent router world; do
        ip netns del "$network-$host" 2>/dev/null || true
        rm -rf "/etc/netns/$network-$host"
    done
}

# Packets that the router forwards: drop_packets [MATCH…], and pass_packets with the same words.
drop_packets() {
    $on_router iptables -w -I FORWARD "$@" -j DROP
}

pass_packets() {
    $on_router iptables -w -D FORWARD "$@" -j DROP
}
