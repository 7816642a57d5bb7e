# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # names that the files of the lab share
# Kills the daemon of scripts/engine and brings it back with its containers. Sourced, never run.

# Keeps how the daemon was called, for a killed one cannot be asked.
save_engine() {
    tr '\0' '\n' <"/proc/$(cat "$engine_folder/engine.pid")/cmdline" >"$lab/engine.arguments"
    # Containers outlive the daemon, as on a host that is set up for it.
    printf '{"live-restore": true}\n' >"$engine_folder/daemon.json"
}

# Until it answers and its containers run. A daemon that finds the killed one's containerd, if only as an entry that nobody
# has reaped yet, waits 15 s for it in vain and ends: so its trace goes first, and like a service manager this starts the
# daemon again.
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
