import Foundation
import Testing

extension EndToEndNetwork {
    /// The agent behind a router with NAT, the controller outside, and what goes wrong between them.
    @Suite struct NetworkTests {
        private struct Far {
            let network: Network
            let controller: Program
            let agent: Program
            let docker: Docker

            func expectAnswer() async throws {
                let answer = try await self.docker("ps")
                #expect(answer.status == 0, "\(answer.errors)\n\(self.agent.output)")
            }
        }

        /// - Parameter weather: commands for the router, before anybody connects.
        private static func open(
            on bench: Workbench,
            settings: [String: String] = [:],
            engine: String = Engine.shared.socket,
            weather: String? = nil
        ) async throws -> Far {
            let network = try await Network.make(on: bench)
            if let weather { try await network.shell(weather, on: .router) }
            let key = try await bench.makeKey()
            let controller = try bench.startController(
                knowing: [key],
                at: (network, .world, Network.worldAddress)
            )
            let port = try await controller.line(after: "listening on \(Network.worldAddress):")
            let far = ["DRYDOCK_URL": "http://\(Network.worldAddress):\(port)", "ALLOW_PLAINTEXT_CONTROLLER": "true"]
            let agent = try bench.startAgent(
                key,
                port: port,
                engine: engine,
                settings: far.merging(settings) { $1 },
                on: network
            )
            let socket = try await controller.line(after: "agent connected name=\(Workbench.agentName) socket=")
            return Far(network: network, controller: controller, agent: agent, docker: Docker(socket, on: bench))
        }

        /// The TCP addresses at which the agent's host listens, one per line, as the kernel writes them.
        private static func listeners(on far: Far) async throws -> String {
            // Column 2 is the local address, column 4 the state; 0A listens.
            try await far.network.shell(
                "cat /proc/net/tcp /proc/net/tcp6 | while read -r _ local _ state _; do "
                    + "[ \"$state\" = 0A ] && echo \"$local\"; done; true",
                on: .agent
            )
        }

        @Test func theAgentsHostHasNoInboundPort() async throws {
            try await Workbench.use { bench in
                let far = try await Self.open(on: bench)
                try await far.expectAnswer()
                let listeners = try await Self.listeners(on: far)
                #expect(listeners.isEmpty, "its own health is on a socket file here")
            }
        }

        @Test func onlyTheLocalListenerIsOpenByDefault() async throws {
            try await Workbench.use { bench in
                let far = try await Self.open(on: bench, settings: ["BIND_ADDRESS": ""])
                try await far.agent.line(after: "listening for health checks and status")
                let listeners = try await Self.listeners(on: far)
                #expect(listeners == "0100007F:0BB8\n", "127.0.0.1:3000")
            }
        }

        @Test func aCutCableIsNoticedAndTheLinkComesBackWhenItIsMended() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container("sh", "-c", "while true; do echo line; sleep 0.1; done")
                let far = try await Self.open(
                    on: bench,
                    settings: ["HEARTBEAT_INTERVAL": "5", "MAX_RECONNECT_DELAY": "2"]
                )
                let follower = try far.docker.start("logs", "--follow", name)
                try await follower.line(after: "line")
                try await far.network.cut()
                // A controller that answered a ping before is given up 30 s after the next one; this one may not have, and
                // has a minute, like the controller of the agent.
                let reason = try await eventually("the agent notices", within: .seconds(180)) {
                    far.agent.output.split(separator: "\n").first { $0.contains("tunnel down, dialling again") }
                }
                #expect(reason.contains("nothing heard") || reason.contains("takes no more data"), "\(reason)")
                try await far.network.mend()
                try await eventually("it is welcomed again", within: .seconds(120)) {
                    far.agent.output.components(separatedBy: "welcomed").count > 2 ? () : nil
                }
                try await far.expectAnswer()
            }
        }

        @Test func aFlushedNATTableDoesNotEndTheService() async throws {
            try await Workbench.use { bench in
                let far = try await Self.open(on: bench, settings: ["HEARTBEAT_INTERVAL": "5"])
                for _ in 0..<3 {
                    try await far.network.shell("conntrack -F", on: .router)
                    // The controller's next packet meets a router that knows nothing of it, and is refused; the agent
                    // learns that at its next ping.
                    try await eventually("the service goes on", within: .seconds(90)) {
                        try await far.docker("ps").status == 0 ? () : nil
                    }
                }
            }
        }

        @Test func aPathThatForgetsIdleLinksIsLearnt() async throws {
            try await Workbench.use { bench in
                let forgetful = """
                    sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=25 net.netfilter.nf_conntrack_tcp_loose=0
                    iptables -w -I FORWARD -m conntrack --ctstate INVALID -j DROP
                    """
                // An engine that others use has something to tell all the time, and then no link is quiet.
                let engine = try await PrivateEngine.start(in: bench.file("quiet"), on: bench).engine.socket
                let settings = ["MAX_RECONNECT_DELAY": "2", "HEARTBEAT_INTERVAL": "40"]
                let far = try await Self.open(on: bench, settings: settings, engine: engine, weather: forgetful)
                let losses = { far.agent.output.components(separatedBy: "tunnel down").count - 1 }
                try await eventually("the quiet link is cut", within: .seconds(120)) { losses() >= 1 ? () : nil }
                try await eventually("the agent is back", within: .seconds(60)) {
                    far.agent.output.components(separatedBy: "welcomed").count > 2 ? () : nil
                }
                // A ping every 40 s would be cut off, and the link given up, after 75 s.
                try await Task.sleep(for: .seconds(75))
                #expect(losses() == 1, "it pings often enough now\n\(far.agent.output)")
                try await far.expectAnswer()
            }
        }

        /// Large packets vanish, and so do the messages of the router that would say so.
        @Test func aPathThatDropsLargePacketsIsNamed() async throws {
            try await Workbench.use { bench in
                let far = try await Self.open(
                    on: bench,
                    settings: ["HEARTBEAT_INTERVAL": "5", "MAX_RECONNECT_DELAY": "1"],
                    weather: "iptables -w -I FORWARD -m length --length 1300:65535 -j DROP"
                )
                let advice = try await eventually(
                    "the agent says what is wrong",
                    within: .seconds(480),
                    details: { far.agent.output }
                ) {
                    far.agent.output.split(separator: "\n")
                        .first { $0.contains("the network on the way needs a change") }
                }
                #expect(advice.contains("lower MTU"))
            }
        }

        @Test func aControllerThatIsKilledAgainAndAgainIsDialledEachTime() async throws {
            try await Workbench.use { bench in
                let network = try await Network.make(on: bench)
                let key = try await bench.makeKey()
                let place = (network, Network.Host.world, Network.worldAddress)
                var controller = try bench.startController(knowing: [key], at: place)
                let port = try await controller.line(after: "listening on \(Network.worldAddress):")
                let settings = [
                    "DRYDOCK_URL": "http://\(Network.worldAddress):\(port)", "ALLOW_PLAINTEXT_CONTROLLER": "true",
                    "MAX_RECONNECT_DELAY": "1",
                ]
                let agent = try bench.startAgent(key, port: port, settings: settings, on: network)
                try await controller.line(after: "agent connected")
                var times: [Duration] = []
                for _ in 0..<50 {
                    controller.signal(SIGKILL)
                    _ = try await controller.exit()
                    controller = try bench.startController(knowing: [key], port: port, at: place)
                    try await controller.line(after: "listening on")
                    let start = ContinuousClock.now
                    try await controller.line(after: "agent connected")
                    times.append(start.duration(to: .now))
                }
                times.sort()
                print("50 kills, from listening to welcome: p50 \(times[25]), p99 \(times[49])")
                #expect(agent.isRunning)
            }
        }
    }
}
