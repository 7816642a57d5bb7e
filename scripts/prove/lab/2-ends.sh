# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # names that the files of the lab share
# What happens to the programs at both ends, and to those that help on the way.

scenario_dns() {
    promise "without its name server the agent finds a controller it knew; one that starts then connects when it is back"
    open_network
    mkdir -p "/etc/netns/$network-agent"
    printf 'nameserver %s\noptions timeout:1 attempts:2\n' "$address" >"/etc/netns/$network-agent/resolv.conf"
    start_names
    name_of_controller=controller.lab
    begin
    break_now
    end names
    signal controller KILL
    sleep 1
    start_controller
    must 45 "a request is answered" answered
    heard agent "$at" 'dialled the last good address' >/dev/null || fail "it was not the last good address that helped"
    figure "name server and controller gone: back $(seconds "$took") s after the controller, at the last good address"
    end agent
    at=$(mark agent)
    # shellcheck disable=SC2086  # settings are words
    start_agent $quick
    must 45 "an agent that starts says what is wrong" heard agent "$at" 'dns failed'
    figure "started without a name server: says so after $(seconds "$took") s"
    start_names
    must 45 "a request is answered" answered
    figure "answers $(seconds "$took") s after the name server is back"
    judge_answers
}

start_names() {
    # shellcheck disable=SC2086  # the words before a program
    launch names $on_world "$scripts/prove/lab/peers" names "$address" controller.lab "$address"
}

scenario_proxy() {
    promise "a proxy that is killed is named in the log, and the tunnel works within 15 s of its return"
    command -v tinyproxy >/dev/null || skip "tinyproxy is not installed; run scripts/dev/packages network"
    open_network closed
    printf 'Port 3128\nListen %s\nTimeout 600\nMaxClients 20\nLogLevel Critical\n' "$router_address" >"$lab/tinyproxy.conf"
    start_proxy
    begin "http_proxy=http://$router_address:3128"
    break_now
    signal proxy KILL
    must 15 "the agent notices" noticed
    figure "noticed after $(seconds "$took") s"
    must 15 "the log names the proxy" heard agent "$at" "tunnel down.*$router_address"
    sleep 10
    start_proxy
    must 15 "a request is answered" answered
    figure "answers $(seconds "$took") s after its return"
    judge_answers
}

start_proxy() {
    # shellcheck disable=SC2086  # the words before a program
    launch proxy $on_router tinyproxy -d -c "$lab/tinyproxy.conf"
}

scenario_controller_freeze() {
    promise "a controller that stands still for 60 s is given up within 45 s, and works within 30 s of going on"
    open_network
    begin
    break_now
    signal controller STOP
    must 45 "the agent notices" noticed
    figure "noticed after $(seconds "$took") s: $(noticed | sed -n '1s/.*reason="\([^"]*\)".*/\1/p')"
    wait_for 60 past $((broken + 60))
    signal controller CONT
    must 30 "a request is answered" answered
    figure "answers $(seconds "$took") s after it continues"
    judge_answers
}

past() {
    [ "$(date +%s)" -ge "$1" ]
}

scenario_controller_kill() {
    promise "a killed controller is noticed within 2 s and dialled until it is back, which takes at most 5 s more"
    open_network
    begin
    break_now
    signal controller KILL
    must 2 "the agent notices" noticed
    figure "noticed after $(seconds "$took") s"
    sleep 10
    start_controller
    must 5 "a request is answered" answered
    figure "answers $(seconds "$took") s after it listens again"
    judge_answers
}

scenario_engine_freeze() {
    promise "a frozen engine: clients are told after REQUEST_TIMEOUT, the session stays, and afterwards everything works as before"
    open_network
    begin REQUEST_TIMEOUT=5
    break_now
    kill -s STOP "$(cat "$engine_folder/engine.pid")"
    # shellcheck disable=SC2317,SC2329  # called at the end of the scenario
    undo() { kill -s CONT "$(cat "$engine_folder/engine.pid")"; }
    must 15 "a client is told" answer_says 'the engine did not answer in time'
    figure "told after $(seconds "$took") s with REQUEST_TIMEOUT=5: the engine did not answer in time"
    must 30 "/ready says so" ready_is 503
    wait_for 45 past $((broken + 45))
    undo
    must 10 "a request is answered" answered
    figure "answers $(seconds "$took") s after it continues"
    must 30 "/ready says so" ready_is 200
    same_session
    judge_answers
}

scenario_engine_kill() {
    promise "a killed engine: 502 at once, and the session stays; its return is noticed within 10 s, changes and all"
    open_network
    begin
    break_now
    save_engine
    kill -s KILL "$(cat "$engine_folder/engine.pid")"
    must 5 "a client is told" answer_is 502
    figure "502 after $(seconds "$took") s"
    must 30 "/ready says so" ready_is 503
    sleep 5
    start_engine || fail "the engine did not come back"
    must 10 "a request is answered" answered
    figure "answers $(seconds "$took") s after it answers itself"
    docker --host "unix://$engine" create --name "new-$$" --network none busybox true >/dev/null
    # shellcheck disable=SC2317,SC2329  # called at the end of the scenario
    undo() { docker --host "unix://$engine" rm --force "new-$$" >/dev/null; }
    must 10 "the controller is told of a new container" pictured "new-$$"
    figure "a new container is reported $(seconds "$took") s after it was made"
    same_session
    judge_answers
}

# answer_is CODE: what a client is told at the controller's end.
answer_is() {
    [ "$(curl --silent --output /dev/null --max-time 14 --write-out '%{http_code}' --unix-socket "$lab/sockets/lab.sock" \
        http://docker/containers/demo-sleeper/json)" = "$1" ]
}

answer_says() {
    curl --silent --max-time 14 --unix-socket "$lab/sockets/lab.sock" http://docker/containers/demo-sleeper/json |
        grep -q "$1"
}

ready_is() {
    [ "$(curl --silent --output /dev/null --max-time 14 --write-out '%{http_code}' --unix-socket "$lab/agent.sock" \
        http://agent/ready)" = "$1" ]
}
