# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # names that the files of the lab share
# What every scenario does: set the scene, measure, judge. Sourced, never run.

skipped=77
# The bounds below are for these.
quick="HEARTBEAT_INTERVAL=10 MAX_RECONNECT_DELAY=2"

promise() {
    : >"$lab/figures"
    say "$*"
}

figure() {
    say "  $*"
    say "$*" >>"$lab/figures"
}

fail() {
    say "  FAILED: $*"
    say "$*" >>"$lab/figures"
    show_log "$lab/agent.log"
    exit 1
}

skip() {
    figure "$*"
    exit "$skipped"
}

# must SECONDS WHAT COMMAND…: it succeeds within the time, and `took` is how many milliseconds that took.
must() {
    limit=$1 what=$2 begun=$(now_ms)
    shift 2
    wait_for "$limit" "$@" || fail "$what: not within $limit s"
    took=$(($(now_ms) - begun))
}

# begin [VARIABLE=VALUE…]: a controller, an agent that it has welcomed, and clients at work.
begin() {
    start_controller
    # shellcheck disable=SC2086  # settings are words
    start_agent $quick "$@"
    must "$start_seconds" "the agent is welcomed" connected
    must "$start_seconds" "the tunnel carries a request" answered
    clients --requests 4 --logs 3 --execs 2
    sleep 3
}

clients() {
    launch load "$scripts/lab/load" "$lab/sockets/lab.sock" "$lab/answers" "$@"
}

answered() {
    ask /containers/demo-sleeper/json | grep -q demo-sleeper
}

noticed() {
    heard agent "$at" 'tunnel down'
}

# From here on something is broken.
break_now() {
    at=$(mark agent)
    broken=$(date +%s)
}

# The clients' part of the promise; the scenario's last step.
judge_answers() {
    until=$(date +%s)
    sleep 2
    signal load TERM
    wait_for 120 not alive load || fail "clients still wait for answers after two minutes"
    # A piece of work counts as hit when it was under way while something was broken.
    count=$(awk -F '\t' -v from="$broken" -v to="$until" '
        { all[$3]++; if ($1 + $4 / 1000 >= from && $1 <= to) hit[$3]++ }
        $2 == "request" && $3 == "right" {
            end = $1 + $4 / 1000
            if (last && end - last > gap) gap = end - last
            last = end
        }
        END { printf "no answer to a request for %.1f s; %d right, %d told of an error; in all %d right, %d errors, %d wrong, %d late", gap, hit["right"],
            hit["error"], all["right"], all["error"], all["wrong"], all["late"] }' "$lab/answers")
    figure "clients meanwhile: $count"
    if ! awk -F '\t' '$3 == "wrong" || $3 == "late" { print "    " $0; bad = 1 } END { exit bad }' "$lab/answers"; then
        fail "an answer was wrong, or a client was left waiting"
    fi
    [ "$(awk -F '\t' '$3 == "right"' "$lab/answers" | wc -l)" -gt 0 ] || fail "no client had a right answer at any time"
    alive agent || fail "the agent has ended"
}

not() {
    ! "$@"
}

same_session() {
    [ "$(status welcomes)" = 1 ] || fail "the tunnel was lost: $(heard agent 0 'tunnel down' | tail -n 1)"
}

close_scenario() {
    end_all
    [ -z "${network:-}" ] || close_network
    undo
    if [ -n "${KEEP:-}" ]; then
        mkdir -p "$lab/kept/$scenario"
        mv "$lab"/*.log "$lab/answers" "$lab/crowd" "$lab/kept/$scenario" 2>/dev/null || true
    fi
    rm -rf "$lab"/*.log "$lab/answers" "$lab/crowd" "$lab/sockets" "$lab/agent.sock"
}

# What a scenario has to undo beside programs and network; it sets another one.
undo() {
    :
}
