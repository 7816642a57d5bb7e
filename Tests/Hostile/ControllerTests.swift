import Auth
import Foundation
import Synchronization
import Testing

extension Hostile {
    /// Controllers of edge mode. The other client asks the agent's local listener.
    @Suite struct ControllerTests {
        /// What a controller does with each connection while the attack lasts.
        typealias Attack = @Sendable (Wire, ContinuousClock.Instant) -> Void

        private static func siege(
            _ name: String,
            _ settings: [String: String] = [:],
            welcomes: Bool = true,
            length: Duration = .seconds(2),
            engine: @escaping HostileEngine.Manners = { _ in false },
            local: @escaping @Sendable (Agent) -> [Wire] = { _ in [] },
            _ attack: @escaping Attack
        ) async throws {
            let problems = try await onThread {
                let folder = try Agent.folder()
                let engine = try HostileEngine(at: "\(folder)/engine", engine)
                defer { engine.stop() }
                let script = Script()
                let controller = try HostileController(welcomes: welcomes) { script.play(on: $0, attack) }
                defer { controller.stop() }
                try NewKeyFile.write(SigningKey.generate(), path: "\(folder)/key.pem")
                let base = [
                    "DRYDOCK_URL": controller.url, "PRIVATE_KEY_FILE": "\(folder)/key.pem", "REQUEST_TIMEOUT": "5",
                    "EDGE_DIALECT": "portwing",
                ]
                let agent = try Agent(in: folder, base.merging(settings) { $1 })
                defer { agent.stop() }
                for _ in 0..<200 where controller.sessions == 0 { pause(.milliseconds(50)) }
                guard controller.sessions > 0 else { throw Failure("no session: \(agent.log.suffix(2000))") }
                try Siege(name: name, agent: agent, length: length).run { deadline in
                    script.begin(until: deadline)
                    let wires = local(agent)
                    pause(until: deadline)
                    return wires
                }
                return agent.problems.texts
            }
            #expect(problems == [])
        }

        /// Quiet before the attack and after it.
        private final class Script: Sendable {
            private let deadline = Mutex<ContinuousClock.Instant?>(nil)

            func begin(until deadline: ContinuousClock.Instant) { self.deadline.withLock { $0 = deadline } }

            func play(on wire: Wire, _ attack: Attack) {
                while true {
                    if let deadline = self.deadline.withLock({ $0 }), .now < deadline { return attack(wire, deadline) }
                    guard wire.receive(within: .milliseconds(50)) != nil else { return }
                }
            }
        }

        struct Flood: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let frames: [UInt8]

            /// - Parameter count: of the frame in one piece.
            init(_ name: String, _ frame: [UInt8], count: Int = 1) {
                self.testDescription = name
                self.frames = Array(repeatElement(frame, count: count).joined())
            }
        }

        private static let long = String(repeating: "a", count: 1 << 20)
        static let floods = [
            Flood("JSON pings", HostileController.text(#"{"type":"ping","data":{"timestamp":1}}"#), count: 1000),
            Flood("WebSocket pings", HostileController.frame(0x89, [UInt8](repeating: 7, count: 125)), count: 1000),
            Flood(
                "pings with 1 MiB timestamps",
                HostileController.text(#"{"type":"ping","data":{"timestamp":"\#(long)"}}"#)
            ),
            Flood("malformed frames", HostileController.text("nonsense"), count: 1000),
            Flood(
                "refused requests",
                HostileController.text(
                    #"{"type":"request","data":{"requestId":"\#(long.prefix(100_000))","method":"GET","path":"nowhere"}}"#
                )
            ),
            Flood(
                "refused execs",
                HostileController.text(
                    #"{"type":"exec_start","data":{"execId":"\#(long.prefix(100_000))","containerId":"//","cmd":["a"]}}"#
                )
            ),
            Flood(
                "oversized frames",
                HostileController.text(
                    #"{"type":"request","data":{"requestId":"a","body":"\#(String(repeating: long, count: 17))"}}"#
                )
            ),
            Flood("empty frames", HostileController.frame(0x81, []), count: 10_000),
            Flood(
                "empty fragments",
                HostileController.frame(0x01, []) + HostileController.frame(0x80, []),
                count: 10_000
            ),
            Flood(
                "requests",
                (0..<1000).flatMap {
                    HostileController.text(
                        #"{"type":"request","data":{"requestId":"r\#($0)","method":"GET","path":"/info"}}"#
                    )
                }
            ),
        ]

        @Test(arguments: floods)
        func framesWithoutReading(_ flood: Flood) async throws {
            try await Self.siege("controller: \(flood.testDescription)") { wire, deadline in
                Hostile.pour(flood.frames, into: wire, until: deadline)
            }
        }

        static let early = floods.filter {
            ["JSON pings", "WebSocket pings", "requests", "oversized frames"].contains($0.testDescription)
        }

        @Test(arguments: early)
        func framesBeforeTheWelcome(_ flood: Flood) async throws {
            try await Self.siege("controller before its welcome: \(flood.testDescription)", welcomes: false) {
                wire,
                deadline in
                Hostile.pour(flood.frames, into: wire, until: deadline)
            }
        }

        /// Such a session would be deaf and look alive.
        @Test func aFrameOfATebibyteEndsTheSession() async throws {
            let ended = Flag()
            try await Self.siege("controller: 2^40 announced") { wire, deadline in
                wire.send(HostileController.frame(0x81, [], announced: 1 << 40))
                if wire.ends(within: .seconds(1)) { ended.set() }
            }
            #expect(ended.isSet)
        }

        @Test func aMessageThatNeverEnds() async throws {
            let piece = HostileController.frame(0x00, [UInt8](repeating: UInt8(ascii: "a"), count: 64 << 10))
            try await Self.siege("controller: endless fragments") { wire, deadline in
                wire.send(HostileController.frame(0x01, Array("{".utf8)))
                Hostile.pour(piece, into: wire, until: deadline)
            }
        }

        /// Streams that the engine fills and the controller does not read.
        @Test func streamsThatAreNotRead() async throws {
            try await Self.siege("controller: unread streams") { request in
                guard request.head.contains("/logs") else { return false }
                request.pour("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Chunk.of(64 << 10))
                return true
            } _: { wire, deadline in
                for number in 0..<100 {
                    wire.send(
                        HostileController.text(
                            #"{"type":"request","data":{"requestId":"s\#(number)","method":"GET","path":"/containers/a/logs?follow=1"}}"#
                        )
                    )
                }
                Hostile.hold(until: deadline)
            }
        }

        /// Input for a process that takes none: other answers still come.
        @Test func inputThatNobodyTakes() async throws {
            let worst = Mutex(Duration.zero)
            let hasStarted = Flag()
            try await Self.siege("controller: input for a process that does not read", length: .seconds(6)) { request in
                guard request.asks("POST", "/exec/abc/start") else {
                    guard request.head.hasPrefix("POST /v1.") || request.head.hasPrefix("POST /containers/"),
                        request.head.contains("/exec ")
                    else { return false }
                    request.wire.send("HTTP/1.1 201 Created\r\nContent-Length: 12\r\n\r\n{\"Id\":\"abc\"}")
                    return true
                }
                hasStarted.set()
                request.wire.send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
                pause(.milliseconds(6000))
                return true
            } _: { wire, deadline in
                let data = String(repeating: "QUJD", count: 16_000)
                let input = HostileController.text(#"{"type":"exec_input","data":{"execId":"e","data":"\#(data)"}}"#)
                let ping = HostileController.text(#"{"type":"ping","data":{"timestamp":424242}}"#)
                wire.send(
                    HostileController.text(
                        #"{"type":"exec_start","data":{"execId":"e","containerId":"c","cmd":["cat"],"tty":false}}"#
                    )
                )
                let slowest = Self.pingAmong(input, ping, on: wire, until: deadline)
                worst.withLock { $0 = slowest }
            }
            let wait = worst.withLock { $0 }
            #expect(hasStarted.isSet)
            #expect(wait < .seconds(2), "a ping was answered after \(wait)")
        }

        /// - Returns: the longest time that a ping was without its pong.
        private static func pingAmong(
            _ input: [UInt8],
            _ ping: [UInt8],
            on wire: Wire,
            until deadline: ContinuousClock.Instant
        ) -> Duration {
            var worst = Duration.zero
            var rest: ArraySlice<UInt8> = []
            var asked: ContinuousClock.Instant?
            var frames = AgentFrames()
            while .now < deadline {
                if rest.isEmpty {
                    // Between two messages.
                    if asked == nil {
                        rest = ping[...]
                        asked = .now
                    } else {
                        rest = input[...]
                    }
                }
                guard let sent = wire.sendSome(rest) else { break }
                rest = rest.dropFirst(sent)
                guard let bytes = wire.receive(within: sent == 0 ? .milliseconds(10) : .zero) else { break }
                frames.append(bytes)
                if frames.takeAll().contains(where: { $0.contains("424242") }), let since = asked {
                    worst = max(worst, since.duration(to: .now))
                    asked = nil
                }
            }
            return max(worst, asked.map { $0.duration(to: .now) } ?? .zero)
        }

        struct Body: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let json: String
        }

        static let bodies = [
            Body(
                testDescription: "70,000 binds",
                json:
                    #"{"Image":"a","HostConfig":{"Binds":["\#((0..<70_000).map { "/:/r\($0)" }.joined(separator: #"",""#))"]}}"#
            ),
            Body(
                testDescription: "20,000 ports",
                json:
                    #"{"Image":"a","ExposedPorts":{\#((0..<20_000).map { #""\#($0 + 1)/tcp":{}"# }.joined(separator: ","))}}"#
            ),
            Body(
                testDescription: "deep nesting",
                json:
                    #"{"Image":"a","Labels":\#(String(repeating: "[", count: 100_000))\#(String(repeating: "]", count: 100_000))}"#
            ),
        ]

        /// Many findings in one body, judged while others are served.
        @Test(arguments: bodies)
        func aBodyWithManyFindings(_ body: Body) async throws {
            let settings = ["ADMISSION": "deny", "AUDIT_PROFILE": "full"]
            try await Self.siege("controller: \(body.testDescription)", settings) { wire, deadline in
                var number = 0
                while .now < deadline {
                    number += 1
                    let frame =
                        #"{"type":"request","data":{"requestId":"b\#(number)","method":"POST","path":"/containers/create","body":\#(body.json)}}"#
                    guard wire.send(HostileController.text(frame), within: .seconds(2)),
                        wire.receive(within: .seconds(2)) != nil
                    else { break }
                }
            }
        }

        /// Users of the host, not the controller: metrics that are not read, and all connections taken.
        @Test func metricsThatAreNotRead() async throws {
            try await Self.siege(
                "edge port: unread metrics",
                local: { agent in
                    let wires = agent.attackers(48)
                    let piece = Array(
                        String(repeating: "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", count: 100).utf8
                    )
                    flood(wires, with: piece, until: .now + .seconds(2))
                    return wires
                }
            ) { wire, deadline in
                Hostile.hold(until: deadline)
            }
        }

        @Test func allPlacesOfTheLocalListener() async throws {
            try await Self.siege(
                "edge port: idle connections",
                local: { agent in
                    agent.attackers(200)
                }
            ) { wire, deadline in
                Hostile.hold(until: deadline)
            }
        }
    }

    /// Like `flood`, for a controller's one connection.
    fileprivate static func pour(_ piece: [UInt8], into wire: Wire, until deadline: ContinuousClock.Instant) {
        var rest = piece[...]
        while .now < deadline {
            guard let count = wire.sendSome(rest) else { return }
            if count == 0 { pause(.milliseconds(2)) }
            rest = rest.dropFirst(count)
            if rest.isEmpty { rest = piece[...] }
        }
    }

    fileprivate static func hold(until deadline: ContinuousClock.Instant) { pause(until: deadline) }
}
