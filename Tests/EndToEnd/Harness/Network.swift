import Foundation

/// Three hosts in network namespaces of one test: the agent's, behind a router that does NAT, and the world with the
/// controller in it.
///
/// ```
/// agent 10.77.0.2 ── 10.77.0.1 router 10.78.0.1 ── 10.78.0.2 world
/// ```
struct Network {
    enum Host: String, CaseIterable {
        case agent
        case router
        case world
    }

    static let worldAddress = "10.78.0.2"
    static let routerAddress = "10.77.0.1"
    /// Namespaces, links and packet filters are root's.
    static let isPossible =
        geteuid() == 0 && ["ip", "iptables", "conntrack", "sysctl"].allSatisfy { Paths.isInstalled($0) }

    private let name: String
    private let bench: Workbench

    /// - Parameter forwards: whether the router lets packets through; without, only a proxy on it leads out.
    static func make(forwards: Bool = true, on bench: Workbench) async throws -> Network {
        let network = Network(name: "lookout-\(UUID().uuidString.prefix(6))", bench: bench)
        bench.atEnd {
            for host in Host.allCases {
                _ = try? await bench.run(Paths.installed("ip"), ["netns", "del", network.namespace(host)])
            }
        }
        let (agent, router, world) = (network.namespace(.agent), network.namespace(.router), network.namespace(.world))
        try await network.shell(
            """
            set -e
            for n in \(agent) \(router) \(world); do ip netns add $n; ip -n $n link set lo up; done
            ip link add inside netns \(agent) type veth peer name inside netns \(router)
            ip link add outside netns \(world) type veth peer name outside netns \(router)
            ip -n \(agent) addr add 10.77.0.2/24 dev inside; ip -n \(agent) link set inside up
            ip -n \(router) addr add \(Self.routerAddress)/24 dev inside; ip -n \(router) link set inside up
            ip -n \(router) addr add 10.78.0.1/24 dev outside; ip -n \(router) link set outside up
            ip -n \(world) addr add \(Self.worldAddress)/24 dev outside; ip -n \(world) link set outside up
            ip -n \(agent) route add default via \(Self.routerAddress)
            """
        )
        if forwards {
            try await network.shell(
                "sysctl -qw net.ipv4.ip_forward=1 && iptables -w -t nat -A POSTROUTING -o outside -j MASQUERADE",
                on: .router
            )
        }
        return network
    }

    /// The words before a program that make it run on a host of this network.
    func prefix(_ host: Host) throws -> [String] {
        [try Paths.installed("ip"), "netns", "exec", self.namespace(host)]
    }

    /// Runs commands, on the machine itself without a host.
    @discardableResult
    func shell(_ commands: String, on host: Host? = nil) async throws -> String {
        let words = try (host.map { try self.prefix($0) } ?? []) + [try Paths.installed("sh"), "-c", commands]
        let outcome = try await self.bench.run(words[0], Array(words.dropFirst()))
        guard outcome.status == 0 else {
            throw Missing(description: "'\(commands)' failed: \(outcome.errors)\(outcome.output)")
        }
        return outcome.output
    }

    /// Drops every packet between the two sides, both ways.
    func cut() async throws {
        try await self.shell("iptables -w -I FORWARD -j DROP", on: .router)
    }

    func mend() async throws {
        try await self.shell("iptables -w -D FORWARD -j DROP", on: .router)
    }

    private func namespace(_ host: Host) -> String { "\(self.name)-\(host.rawValue)" }
}
