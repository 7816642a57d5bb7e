# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # names that the files of the lab share
# Three hosts in network namespaces, of which the middle one does NAT. Sourced, never run.
#
#     agent 10.79.0.2 ── 10.79.0.1 router 10.80.0.1 ── 10.80.0.2 world

router_address=10.79.0.1
address=10.80.0.2

# open_network [open|closed]: a closed router lets nothing through, so that only a proxy on it leads out.
open_network() {
    network=lab-$$
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
