# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # names that the files of the lab share
# Kills the daemon of scripts/engine and brings it back with its containers. Sourced, never run.

# Keeps how the daemon was called, for a killed one cannot be asked.
save_engine() {
    tr '\0' '\n' <"/proc/$(cat "$engine_folder/engine.pid")/cmdline" >"$lab/engine.arguments"
    # Containers outlive the daemon, as on a host that is set up for it.
    printf '{"live-restore": true}\n' >"$engine_folder/daemon.json"
}

# Until it answers and its containers run. A daemon that starts while the killed one's containerd is still ending waits
# for it in vain and ends; like a service manager this starts it again.
start_engine() {
    tries=0
    until launch_engine; do
        tries=$((tries + 1))
        [ "$tries" -lt 5 ] || return 1
    done
    docker --host "unix://$engine" start demo-logger demo-sleeper demo-shell >/dev/null
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
    docker --host "unix://$engine" version || [ -z "$(born "$daemon")" ]
}
