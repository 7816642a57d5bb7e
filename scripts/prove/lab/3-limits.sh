# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # names that the files of the lab share
# What the agent's host runs out of, and its clock.

# small_disk SIZE: a disk at $lab/disk with a file that leaves little room on it.
small_disk() {
    mkdir -p "$lab/disk"
    mount -t tmpfs -o "size=$1" none "$lab/disk"
    # shellcheck disable=SC2317,SC2329  # called at the end of the scenario
    undo() { umount "$lab/disk"; }
}

scenario_audit_disk() {
    promise "a full disk under AUDIT_LOG: the log says so, no request suffers, and the file tells the gap afterwards"
    open_network
    small_disk 64k
    head -c 49152 /dev/zero >"$lab/disk/filler"
    begin "AUDIT_LOG=$lab/disk/audit"
    break_now
    must 120 "the log says so" heard agent 0 'the audit trail cannot be written'
    figure "full, and said, after $(seconds "$took") s"
    sleep 10
    rm "$lab/disk/filler"
    must 10 "the gap is told" grep -q '"audit_gap"' "$lab/disk/audit"
    figure "room again: the gap of $(sed -n 's/.*"lost":\([0-9]*\).*/\1/p' "$lab/disk/audit" | head -n 1) records is told after $(seconds "$took") s"
    no_errors
    same_session
    judge_answers
    end agent
    "$lookout" audit-log verify "$lab/disk/audit" >"$lab/verified" 2>&1 || true
    # It counts the gaps as what they are; anything else would be a broken chain.
    problems=$(grep '^line' "$lab/verified" | grep -v 'records were lost' || true)
    [ -z "$problems" ] || fail "the chain is broken: $problems"
    figure "audit-log verify: $(grep -c 'records were lost' "$lab/verified") gaps and nothing else"
}

scenario_state_disk() {
    promise "a full disk under STATE_DIR: the log says so, the tunnel works, and the history is kept again afterwards"
    open_network
    small_disk 16k
    head -c 65536 /dev/zero >"$lab/disk/filler" 2>/dev/null || true
    begin "STATE_DIR=$lab/disk"
    break_now
    signal controller KILL
    sleep 1
    start_controller
    must 10 "a request is answered" answered
    must 10 "the log says so" heard agent 0 "$lab/disk/attempts.jsonl.new"
    figure "said: $(heard agent 0 'attempts.jsonl.new' | sed -n '1s/^[^ ]* *//p')"
    rm "$lab/disk/filler"
    signal controller KILL
    sleep 1
    start_controller
    must 10 "a request is answered" answered
    must 10 "the history is kept" test -s "$lab/disk/attempts.jsonl"
    figure "room again: $(wc -l <"$lab/disk/attempts.jsonl") attempts are kept"
    judge_answers
}

scenario_descriptors() {
    promise "out of descriptors: clients are told within 5 s, the session stays, and afterwards everything works as before"
    open_network
    before_agent="prlimit --nofile=64:64"
    begin
    before=$(descriptors)
    break_now
    launch load-crowd "$scripts/prove/lab/peers" load "$lab/sockets/lab.sock" "$lab/crowd" --logs 100 --follow 20
    sleep 15
    figure "$before descriptors before, $(descriptors) with 100 logs asked for and a limit of 64"
    sleep 15
    signal load-crowd TERM
    must 60 "the crowd leaves" not alive load-crowd
    figure "crowd: $(cut -f 3 "$lab/crowd" | sort | uniq -c | awk '{ print $1, $2 }' | paste -s -d ,)"
    grep -q "$(printf '\terror\t')" "$lab/crowd" || fail "the limit was never reached"
    awk -F '\t' '$3 == "wrong" || $3 == "late" || ($3 == "error" && $4 > 5000) { print; bad = 1 } END { exit bad }' \
        "$lab/crowd" || fail "a client was told too late, or wrongly"
    must 10 "a request is answered" answered
    same_session
    must 120 "the descriptors are free again" no_more_descriptors_than $((before + 2))
    figure "back to $(descriptors) $(seconds "$took") s after the crowd"
    judge_answers
}

descriptors() {
    alive agent && find "/proc/$pid/fd" -mindepth 1 | wc -l
}

no_more_descriptors_than() {
    [ "$(descriptors)" -le "$1" ]
}

scenario_memory() {
    promise "48 MiB for everything: 90 full streams to a controller that stops reading do not get the agent killed"
    group=/sys/fs/cgroup/memory/lookout-lab-$$
    mkdir "$group" 2>/dev/null || skip "no memory cgroup of version 1 can be made here"
    # shellcheck disable=SC2317,SC2329  # called at the end of the scenario
    undo() { rmdir "$group"; }
    echo $((48 << 20)) >"$group/memory.limit_in_bytes"
    open_network
    begin
    alive agent
    echo "$pid" >"$group/cgroup.procs"
    break_now
    # shellcheck disable=SC2016  # expanded by the inner shell
    launch load-crowd sh -c 'i=0; while [ $i -lt 90 ]; do i=$((i + 1))
        docker --host "$1" exec demo-sleeper head -c 4000000 /dev/zero | wc -c & done >"$2"; wait' \
        sh "unix://$lab/sockets/lab.sock" "$lab/bytes"
    sleep 5
    signal controller STOP
    sleep 20
    figure "$(status execs) execs and $(status queuedBytes) bytes wait for a controller that reads nothing"
    signal controller CONT
    must 180 "all streams end" not alive load-crowd
    complete=$(grep -cx 4000000 "$lab/bytes" || true)
    peak=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$(cut -d ' ' -f 1 "$lab/agent.pid")/status")
    figure "$complete of 90 streams complete after $(seconds "$took") s; at most $peak KiB resident"
    [ "$complete" -eq 90 ] || fail "a stream was cut short"
    grep -q '^oom_kill 0$' "$group/memory.oom_control" || fail "the kernel killed the agent"
    same_session
    judge_answers
}

scenario_clock() {
    promise "a clock set ahead by an hour leaves the session alone; the next hello is signed with the controller's time"
    library=$(find /usr/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
    command -v nginx >/dev/null || skip "nginx is not installed; run scripts/dev/packages network"
    [ -n "$library" ] || skip "faketime is not installed; run scripts/dev/packages network"
    # The kernel has no namespaces for the time of day, and nothing can be preloaded into a static program.
    ldd "$lookout" >/dev/null 2>&1 || skip "$lookout is static; build one with scripts/ship/build optimised lookout"
    open_network
    # The reference controller's answers have no date; a Drydock's have, as a TLS server's before either.
    start_front
    echo +0 >"$lab/clock"
    preload="LD_PRELOAD=$library FAKETIME_TIMESTAMP_FILE=$lab/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1"
    scheme=https front_port=443 port=7100
    begin "CA_CERT=$lab/tls.pem"
    break_now
    echo +3600 >"$lab/clock"
    sleep 40
    no_errors
    same_session
    figure "40 s after the step: no request suffered, the same session"
    signal controller KILL
    sleep 1
    start_controller
    must 20 "a request is answered" answered
    heard agent "$at" "signing with the controller's time" >/dev/null || fail "the clock was not noticed"
    figure "controller killed: answers $(seconds "$took") s after it listens again, $(status clockOffsetSeconds) s set right"
    judge_answers
}

start_front() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$address" -addext "subjectAltName=IP:$address" \
        -keyout "$lab/tls.key" -out "$lab/tls.pem" 2>/dev/null
    cat >"$lab/nginx.conf" <<END
daemon off; pid $lab/nginx.pid.txt; worker_processes 1; user root;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $lab/nginx-body; proxy_temp_path $lab/nginx-proxy;
    fastcgi_temp_path $lab/nginx-1; uwsgi_temp_path $lab/nginx-2; scgi_temp_path $lab/nginx-3;
    server {
        listen $address:443 ssl;
        ssl_certificate $lab/tls.pem; ssl_certificate_key $lab/tls.key;
        location / {
            proxy_pass http://$address:7100;
            proxy_http_version 1.1;
            proxy_set_header Upgrade \$http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }
}
END
    # shellcheck disable=SC2086  # the words before a program
    launch front $on_world nginx -e stderr -c "$lab/nginx.conf"
}

# No client was told of an error since something was broken.
no_errors() {
    awk -F '\t' -v from="$broken" '$1 >= from && $3 != "right" { print; bad = 1 } END { exit bad }' "$lab/answers" ||
        fail "a client suffered"
}
