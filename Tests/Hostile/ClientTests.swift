import Auth
import Foundation
import Support
import Testing

/// Attacks on the built program: one at a time, each on an agent of its own.
///
/// They run alone: they measure, and keep a core busy.
@Suite(.serialized, .enabled(if: runsAlone), .timeLimit(.minutes(4))) enum Hostile {}

extension Hostile {
    /// Clients of standard mode, most of them without a credential.
    @Suite struct ClientTests {
        private static let settings = ["TOKEN": Agent.token, "ADAPTER": "generic", "REQUEST_TIMEOUT": "5"]

        /// - Parameter attack: on an agent before a quiet engine.
        static func siege(
            _ name: String,
            _ settings: [String: String] = [:],
            shell: String = "",
            isShared: Bool = true,
            length: Duration = .seconds(2),
            bearableRefusals: Int = 0,
            engine: @escaping HostileEngine.Manners = { _ in false },
            _ attack: @escaping @Sendable (Agent, ContinuousClock.Instant) throws -> [Wire]
        ) async throws {
            let problems = try await onThread {
                let folder = try Agent.folder()
                let engine = try HostileEngine(at: "\(folder)/engine", engine)
                defer { engine.stop() }
                let agent = try Agent(in: folder, Self.settings.merging(settings) { $1 }, shell: shell)
                defer { agent.stop() }
                let siege = Siege(
                    name: name,
                    agent: agent,
                    isShared: isShared,
                    length: length,
                    bearableRefusals: bearableRefusals
                )
                try siege.run { try attack(agent, $0) }
                return agent.problems.texts
            }
            #expect(problems == [])
        }

        struct Pipeline: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let request: String
        }

        static let pipelines = [
            Pipeline(testDescription: "CONNECT", request: "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"),
            Pipeline(testDescription: "400", request: "GET //a HTTP/1.1\r\nHost: a\r\n\r\n"),
            Pipeline(testDescription: "401", request: "GET /version HTTP/1.1\r\nHost: a\r\n\r\n"),
            Pipeline(testDescription: "OPTIONS", request: "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
            Pipeline(testDescription: "health", request: "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"),
            Pipeline(
                testDescription: "wrong token",
                request: "GET /version HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer wrong\r\n\r\n"
            ),
        ]

        @Test(arguments: pipelines)
        func requestsWithoutReadingTheAnswers(_ pipeline: Pipeline) async throws {
            try await Self.siege("pipelined \(pipeline.testDescription)", length: .seconds(4)) { agent, deadline in
                let wires = agent.attackers(8, receiveBuffer: 4096)
                let piece = Array(String(repeating: pipeline.request, count: 1000).utf8)
                var flood = Flood(wires, with: piece)
                flood.run(until: deadline - .seconds(1))
                let before = agent.processorTime
                flood.run(until: deadline)
                // By now no answer has room: an agent that goes on serving them keeps a core busy.
                let spent = agent.processorTime - before
                if spent > 0.6 { agent.problems.add("\(spent) s of processor time in 1 s for those who do not read") }
                return wires
            }
        }

        /// With the token: answers of the engine that are not read.
        @Test func answersThatAreNotRead() async throws {
            try await Self.siege("unread engine answers") { request in
                guard request.asks("GET", "/images/json") else { return false }
                request.pour("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Chunk.of(64 << 10))
                return true
            } _: { agent, deadline in
                let wires = agent.attackers(64)
                for wire in wires {
                    wire.send("GET /images/json HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(Agent.token)\r\n\r\n")
                }
                pause(until: deadline)
                return wires
            }
        }

        /// The head of a signed request with a known key, and 63 of 64 MiB of its body.
        @Test func bodiesThatLookSigned() async throws {
            let key = SigningKey.generate()
            let folder = try Agent.folder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let file = "\(folder)/keys"
            try Data((try key.verifyingKey.authorizedKeysLine() + "\n").utf8).write(to: URL(filePath: file))
            chmod(file, 0o600)
            let id = key.verifyingKey.keyID
            try await Self.siege("signed-looking bodies", ["AUTHORIZED_KEYS": file]) { agent, deadline in
                let wires = agent.attackers(40)
                for (index, wire) in wires.enumerated() {
                    let nonce = String(repeating: "0", count: 30) + String(index + 16, radix: 16)
                    wire.send(
                        "POST /images/load HTTP/1.1\r\nHost: a\r\nContent-Length: \(64 << 20)\r\n"
                            + "X-Lookout-Key-ID: \(id)\r\nX-Lookout-Timestamp: \(time(nil))\r\nX-Lookout-Nonce: \(nonce)\r\n"
                            + "X-Lookout-Signature: \(String(repeating: "A", count: 86))\r\nX-Lookout-Signature-Version: 2\r\n\r\n"
                    )
                }
                flood(wires, with: [UInt8](repeating: 7, count: 256 << 10), until: deadline)
                return wires
            }
        }

        @Test func headsOfAMebibyte() async throws {
            try await Self.siege("1 MiB heads") { agent, deadline in
                let wires = agent.attackers(300)
                for wire in wires { wire.send("GET / HTTP/1.1\r\nHost: a\r\nX-Long: ") }
                let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 16 << 10)
                var rounds = 0
                while .now < deadline, rounds < 63 {
                    for wire in wires { _ = wire.sendSome(piece[...]) }
                    rounds += 1
                }
                pause(until: deadline)
                return wires
            }
        }

        @Test func headsThatCreep() async throws {
            try await Self.siege("slow heads") { agent, deadline in
                let wires = agent.attackers(400)
                for wire in wires { wire.send("GET / HTTP/1.1\r\nX: ") }
                while .now < deadline {
                    for wire in wires { _ = wire.sendSome(Array("y".utf8)[...]) }
                    pause(.milliseconds(200))
                }
                return wires
            }
        }

        @Test func bodiesThatNeverCome() async throws {
            try await Self.siege("public GET with an absent body") { agent, deadline in
                let wires = agent.attackers(1000)
                for wire in wires { wire.send("GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n") }
                pause(until: deadline)
                let unanswered = wires.count { ($0.receive(within: .zero) ?? [0]).isEmpty }
                if unanswered > wires.count / 10 {
                    agent.problems.add("\(unanswered) of \(wires.count) still wait for a body that no answer needs")
                }
                return wires
            }
        }

        /// As many as there are places, from many addresses.
        @Test func idleConnectionsInAllPlaces() async throws {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = min(limit.rlim_max, 16384)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            // Without the rule it was refused some 160 times.
            let settings = ["MAX_CONNECTIONS": "1024"]
            try await Self.siege("idle connections", settings, bearableRefusals: 16) { agent, deadline in
                var wires: [Wire] = []
                while wires.count < 2000, .now < deadline, let wire = agent.attacker(wires.count) { wires.append(wire) }
                pause(until: deadline)
                return wires
            }
        }

        /// It stands at its limit and waits, instead of trying in a circle.
        @Test func noDescriptorsLeft() async throws {
            try await Self.siege(
                "descriptor exhaustion",
                ["MAX_CONNECTIONS": "4096"],
                shell: "ulimit -n 128;",
                isShared: false
            ) { agent, deadline in
                let before = agent.processorTime
                let wires = agent.attackers(300)
                pause(until: deadline)
                let spent = agent.processorTime - before
                if spent > 1 { agent.problems.add("\(spent) s of processor time in 2 s") }
                return wires
            }
        }

        @Test func wrongTokensAtFullSpeed() async throws {
            try await Self.siege("wrong tokens") { agent, deadline in
                while .now < deadline {
                    for wire in agent.attackers(16) {
                        wire.send("GET /version HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer wrong\r\n\r\n")
                        _ = wire.receive(within: .milliseconds(20))
                    }
                }
                // Another address is not counted with them.
                if agent.ask("GET", "/version")?.hasPrefix("HTTP/1.1 200 ") != true {
                    agent.problems.add("the honest client is refused")
                }
                return []
            }
        }

        /// Each of them could be read in two ways.
        @Test func chunksThatLie() async throws {
            let sizes = [
                "ffffffffffffffff", "10000000000000000", "-1", "+5", "0x5", " 5", "5 ", "5\n", "", ";a", "5;\u{1}",
                "\u{0}",
                String(repeating: "0", count: 70_000) + "5", "5;" + String(repeating: "a", count: 70_000),
            ]
            try await Self.siege("chunk sizes") { agent, deadline in
                while .now < deadline {
                    for size in sizes {
                        let wire = agent.attacker()
                        wire?.send(
                            "POST /x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(Agent.token)\r\n"
                                + "Transfer-Encoding: chunked\r\n\r\n\(size)\r\nhello\r\n0\r\n\r\n",
                            within: .seconds(1)
                        )
                        _ = wire?.receive(within: .milliseconds(100))
                    }
                }
                return []
            }
        }

        /// Sizes, data and line ends in pieces as TCP may make them: the engine gets all of it.
        @Test func chunksInPieces() async throws {
            try await Self.siege("split chunks") { request in
                guard request.asks("POST", "/images/load") else { return false }
                var tail = ""
                var count = 0
                while !tail.hasSuffix("\r\n0\r\n\r\n"), let bytes = request.wire.receive(within: .seconds(10)),
                    !bytes.isEmpty
                {
                    count += bytes.count { $0 == UInt8(ascii: "d") }
                    tail = String((tail + String(decoding: bytes.suffix(16), as: UTF8.self)).suffix(16))
                }
                request.wire.send("HTTP/1.1 200 OK\r\nContent-Length: \("\(count)".count)\r\n\r\n\(count)")
                return true
            } _: { agent, deadline in
                let whole = Array(String(repeating: "3;x\r\nddd\r\n", count: 200).utf8)
                for size in 1...7 where ContinuousClock.now < deadline {
                    guard let wire = agent.attacker(size) else { continue }
                    var one: CInt = 1
                    setsockopt(
                        wire.descriptor,
                        CInt(IPPROTO_TCP),
                        TCP_NODELAY,
                        &one,
                        socklen_t(MemoryLayout<CInt>.size)
                    )
                    wire.send(
                        "POST /images/load HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(Agent.token)\r\n"
                            + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                    )
                    for start in stride(from: 0, to: whole.count, by: size) {
                        wire.send(Array(whole[start..<min(start + size, whole.count)]))
                        pause(.microseconds(200))
                    }
                    wire.send("0\r\n\r\n")
                    if wire.receive(upTo: "\r\n\r\n600") == nil {
                        agent.problems.add("pieces of \(size) do not arrive")
                    }
                }
                pause(until: deadline)
                return []
            }
        }

        /// Events come, and one who subscribed does not read.
        @Test func aSubscriberThatStalls() async throws {
            try await Self.siege("stalled subscribers") { request in
                guard request.asks("GET", "/events") else { return false }
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                let event =
                    #"{"Type":"container","Action":"start","Actor":{"ID":"\#(String(repeating: "ab", count: 32))"},"time":1,"timeNano":1}"#
                request.pour(head, Chunk.of(event + "\n"))
                return true
            } _: { agent, deadline in
                let wires = agent.attackers(50)
                for wire in wires {
                    wire.send("GET /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(Agent.token)\r\n\r\n")
                }
                pause(until: deadline)
                return wires
            }
        }

        /// A whole log without an end, asked for by many who then do not read.
        @Test func wholeLogsWithoutAnEnd() async throws {
            try await Self.siege("endless whole logs") { request in
                guard request.head.contains("/logs") else { return false }
                let line = Array("2026-11-29T00:00:00.000000000Z \(String(repeating: "log ", count: 1000))\n".utf8)
                let frame =
                    [1, 0, 0, 0] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: line.count >> ($0 * 8)) } + line
                let head =
                    "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                request.pour(head, Chunk.of(Array(repeatElement(frame, count: 16).joined())))
                return true
            } _: { agent, deadline in
                let wires = agent.attackers(16)
                for wire in wires {
                    wire.send(
                        "GET /api/v1/containers/a/logs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(Agent.token)\r\n\r\n"
                    )
                }
                pause(until: deadline)
                return wires
            }
        }
    }
}

/// One chunk of HTTP's chunked coding.
enum Chunk {
    static func of(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    static func of(_ text: String) -> [UInt8] { Self.of(Array(text.utf8)) }
    static func of(_ count: Int) -> [UInt8] { Self.of([UInt8](repeating: UInt8(ascii: "x"), count: count)) }
}
