# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # names that the files of the lab share
# What happens on the way between agent and controller.

scenario_cut() {
    promise "a cut cable is noticed within 60 s, and the tunnel works again within 75 s of its mending"
    cut_and_mend
}

scenario_cut_outward() {
    promise "the same where only what the agent sends is lost"
    cut_and_mend -i inside
}

scenario_cut_inward() {
    promise "the same where only what the controller sends is lost"
    cut_and_mend -i outside
}

cut_and_mend() {
    open_network
    begin
    break_now
    drop_packets "$@"
    must 60 "the agent notices" noticed
    figure "noticed after $(seconds "$took") s: $(noticed | sed -n '1s/.*reason="\([^"]*\)".*/\1/p')"
    pass_packets "$@"
    must 75 "a request is answered" answered
    figure "answers again $(seconds "$took") s after mending"
    judge_answers
}

scenario_nat_flush() {
    promise "a router that forgets its connections costs at most 60 s without service"
    open_network
    begin
    break_now
    for round in 1 2 3 4 5; do
        $on_router conntrack -F 2>/dev/null
        # What still goes through in the first moment is not service.
        sleep 3
        must 57 "a request is answered after flush $round" answered
        sleep 2
    done
    figure "5 flushes, $(status welcomes) sessions"
    judge_answers
}

scenario_nat_timeout() {
    promise "a router that forgets connections idle for 25 s cuts one of them; then the agent pings often enough"
    open_network
    $on_router sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=25 net.netfilter.nf_conntrack_tcp_loose=0
    $on_router iptables -w -I FORWARD -m conntrack --ctstate INVALID -j DROP
    # Without clients: the link has to be quiet.
    start_controller
    start_agent HEARTBEAT_INTERVAL=40 MAX_RECONNECT_DELAY=2
    must "$start_seconds" "the agent is welcomed" connected
    break_now
    must 150 "the quiet link is lost" noticed
    figure "lost after $(seconds "$took") s"
    must 75 "it is welcomed again" connected "$at"
    sleep 80
    losses=$(heard agent 0 'tunnel down' | wc -l)
    figure "$losses loss in all, 80 quiet seconds later; pings every $(status pingSeconds) s"
    [ "$losses" -eq 1 ] || fail "the agent has not learnt"
    answered || fail "no answer at the end"
}

scenario_slow() {
    promise "a link of 1 Mbit/s full of one stream: the session stays, and every small request has its answer within 10 s"
    open_network
    $on_router tc qdisc add dev outside root tbf rate 1mbit burst 16kbit latency 200ms
    begin
    break_now
    launch bulk docker --host "unix://$lab/sockets/lab.sock" exec demo-sleeper cat /dev/zero
    sleep 60
    alive bulk || fail "the stream has ended"
    end bulk KILL
    figure "60 s beside the stream: requests p50, p95, worst: $(awk -F '\t' -v from="$broken" '
        $1 > from && $2 == "request" { print $4 }' "$lab/answers" | sort -n | awk '{ v[NR] = $1 } END {
        printf "%d, %d, %d ms", v[int((NR + 1) / 2)], v[int(NR * 0.95 + 0.5)], v[NR] }')"
    same_session
    awk -F '\t' '$2 == "request" && ($4 > 10000 || $3 != "right") { print; bad = 1 } END { exit bad }' \
        "$lab/answers" || fail "a request took longer, or failed"
    judge_answers
}

scenario_black_hole() {
    promise "a path that swallows large packets is noticed and given up within 75 s, and works within 75 s of its mending"
    open_network
    # The ends offer 1500 bytes to each other, the router passes 1280 on, and what it says about that is lost.
    ip -n "$network-router" link set outside mtu 1280
    $on_router iptables -w -A OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP
    start_controller
    # shellcheck disable=SC2086  # settings are words
    start_agent $quick
    must "$start_seconds" "the agent is welcomed, for its hello is small" connected
    break_now
    # The controller's pings come through, so the agent hears of it as long as the controller bears with its silence.
    must 75 "the session ends" noticed
    figure "ended after $(seconds "$took") s: $(noticed | sed -n '1s/.*reason="\([^"]*\)".*/\1/p')"
    # What a host can do about it by itself.
    $on_agent sysctl -qw net.ipv4.tcp_mtu_probing=1
    must 75 "what the agent tells arrives" pictured demo-sleeper
    figure "with net.ipv4.tcp_mtu_probing=1 on the agent's host everything is reported $(seconds "$took") s later"
    $on_agent sysctl -qw net.ipv4.tcp_mtu_probing=0
    signal controller KILL
    sleep 1
    start_controller
    break_now
    must 75 "the session ends again" noticed
    $on_router iptables -w -F OUTPUT
    must 75 "what the agent tells arrives" pictured demo-sleeper
    figure "with the router's word let through, $(seconds "$took") s later"
    answered || fail "no answer at the end"
}

# Whether the controller has been told of a container.
pictured() {
    ask /_controller/picture | grep -q "$1"
}
