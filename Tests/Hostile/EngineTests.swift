import Foundation
import Synchronization
import Testing

extension Hostile {
    /// Engines, and what else stands behind the agent. The clients are honest.
    @Suite struct EngineTests {
        /// One request after the other until the time is over.
        ///
        /// - Returns: the status of each.
        private static func ask(_ agent: Agent, _ path: String, until deadline: ContinuousClock.Instant) -> [String] {
            var seen: [String] = []
            repeat {
                let answer = agent.ask("GET", path, from: "127.0.0.3", within: .seconds(8)) ?? "         nothing"
                seen.append(String(answer.dropFirst(9).prefix(3)))
            } while .now < deadline
            return seen
        }

        struct Way: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let start: String
            let piece: String
        }

        static let creeping = [
            Way(testDescription: "endless 1xx", start: "", piece: "HTTP/1.1 102 Processing\r\n\r\n"),
            Way(testDescription: "creeping head", start: "HTTP/1.1 200 OK\r\nX: ", piece: "a"),
            Way(testDescription: "creeping status line", start: "HTTP/1.1 200 ", piece: "O"),
            Way(testDescription: "nothing", start: "", piece: ""),
        ]

        /// The limit counts to the answer's head, whatever comes before it. More than a few interim answers are a fault of
        /// the engine's.
        @Test(arguments: creeping)
        func anAnswerThatDoesNotBegin(_ way: Way) async throws {
            try await ClientTests.siege(way.testDescription, ["REQUEST_TIMEOUT": "1"]) { request in
                guard request.asks("GET", "/images/json") else { return false }
                request.wire.send(way.start)
                request.trickle(way.piece, for: .seconds(10))
                return true
            } _: { agent, deadline in
                let seen = Self.ask(agent, "/images/json", until: deadline)
                let answers: Set = way.piece.hasPrefix("HTTP/1.1 1") ? ["502", "504"] : ["504"]
                if !Set(seen).isSubset(of: answers) { agent.problems.add("answered \(seen)") }
                return []
            }
        }

        static let floods = [
            Way(
                testDescription: "1xx flood",
                start: "",
                piece: String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 1000)
            ),
            Way(
                testDescription: "head flood",
                start: "HTTP/1.1 200 OK\r\n",
                piece: "X: \(String(repeating: "a", count: 4000))\r\n"
            ),
            Way(
                testDescription: "endless field",
                start: "HTTP/1.1 200 OK\r\nX: ",
                piece: String(repeating: "a", count: 64 << 10)
            ),
            Way(
                testDescription: "trailer flood",
                start: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                piece: String(repeating: "X: \(String(repeating: "a", count: 100))\r\n", count: 500)
            ),
            Way(
                testDescription: "endless chunk size",
                start: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                piece: String(repeating: "0", count: 64 << 10)
            ),
            Way(
                testDescription: "control characters",
                start: "HTTP/1.1 200 OK\r\nX: a\u{1b}[2J\u{0}b\r\nContent-Length: 0\r\n\r\n",
                piece: ""
            ),
        ]

        @Test(arguments: floods)
        func anAnswerThatDoesNotStop(_ way: Way) async throws {
            try await ClientTests.siege(way.testDescription, ["REQUEST_TIMEOUT": "2"]) { request in
                guard request.asks("GET", "/images/json") else { return false }
                if way.piece.isEmpty {
                    request.wire.send(way.start)
                } else {
                    request.pour(way.start, Array(way.piece.utf8), for: .seconds(10))
                }
                return true
            } _: { agent, deadline in
                let seen = Self.ask(agent, "/images/json", until: deadline)
                // Once the head has gone on, only the broken connection tells.
                let hasHead = way.start.contains("chunked")
                if !Set(seen).isSubset(of: hasHead ? ["200", "502", "504"] : ["502", "504"]) {
                    agent.problems.add("answered \(seen)")
                }
                return []
            }
        }

        /// Ten gibibytes where a list was asked for: by the agent itself, and by tools.
        @Test func aListWithoutAnEnd() async throws {
            let entry = Array(
                (#"{"Id":"\#(String(repeating: "ab", count: 32))","Names":["/a"],"State":"running"},"# + "\n").utf8
            )
            let piece = Chunk.of(Array(repeatElement(entry, count: 500).joined()))
            let state = Flag()
            try await ClientTests.siege("endless inventory") { request in
                guard state.isSet, request.asks("GET", "/containers/json") else { return false }
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                request.pour(head, Chunk.of("[") + piece)
                return true
            } _: { agent, deadline in
                state.set()
                let call =
                    #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_containers","arguments":{}}}"#
                let wires = agent.attackers(8)
                for wire in wires {
                    wire.send(
                        "POST /_lookout/mcp HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(Agent.token)\r\n"
                            + "Content-Length: \(call.utf8.count)\r\n\r\n\(call)"
                    )
                }
                pause(until: deadline)
                return wires
            }
        }

        /// A log driver that has stopped reading.
        @Test func aLogThatNobodyTakes() async throws {
            let problems = try await onThread {
                let folder = try Agent.folder()
                let engine = try HostileEngine(at: "\(folder)/engine")
                defer { engine.stop() }
                let pipe = Pipe()
                let agent = try Agent(
                    in: folder,
                    ["TOKEN": Agent.token, "LOG_LEVEL": "debug", "AUDIT_LOG": "\(folder)/trail"],
                    output: pipe.fileHandleForWriting
                )
                defer { agent.stop() }
                try Siege(name: "blocked stdout", agent: agent).run { deadline in
                    Self.fill(pipe.fileHandleForWriting.fileDescriptor)
                    while .now < deadline {
                        for wire in agent.attackers(16) {
                            wire.send("GET /version HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer wrong\r\n\r\n")
                            _ = wire.receive(within: .milliseconds(50))
                        }
                    }
                    return []
                }
                withExtendedLifetime(pipe) {}
                return agent.problems.texts
            }
            #expect(problems == [])
        }

        /// Until it takes no more. The other end of the description blocks, as a log driver's does.
        private static func fill(_ descriptor: CInt) {
            let flags = fcntl(descriptor, F_GETFL)
            _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
            let junk = [UInt8](repeating: UInt8(ascii: "\n"), count: 4096)
            while write(descriptor, junk, junk.count) > 0 {}
            while write(descriptor, junk, 1) > 0 {}
            _ = fcntl(descriptor, F_SETFL, flags)
        }
    }
}

/// Something that threads tell each other once.
final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { self.value.withLock { $0 } }
    func set() { self.value.withLock { $0 = true } }
}
