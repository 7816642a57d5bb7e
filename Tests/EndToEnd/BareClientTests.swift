import Foundation
import Testing

extension EndToEnd {
    /// What older and simpler clients say on the wire is answered by the listener to the byte as by the engine's own socket.
    @Suite struct BareClientTests {
        private static let loop = "while read -r line; do echo \"got $line\"; [ \"$line\" = end ] && exit; done"

        @Test func anAttachWithoutAnUpgradeIsTheConnectionItself() async throws {
            try await Workbench.use { bench in
                let (_, socket) = try await bench.startStandard()
                var transcripts: [String] = []
                for place in [Engine.shared.socket, socket] {
                    let name = try await bench.reader(Self.loop)
                    let target = "/containers/\(name)/attach?stream=1&stdin=1&stdout=1&stderr=1"
                    transcripts.append(try await Self.talk(try Self.post(target, "", to: place)))
                }
                #expect(transcripts[0].hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(transcripts[0].contains("got one\n"))
                #expect(transcripts[1] == transcripts[0])
            }
        }

        @Test func theStartOfAnExecWithoutAnUpgradeIsTheConnectionItself() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let (_, socket) = try await bench.startStandard()
                var transcripts: [String] = []
                for place in [Engine.shared.socket, socket] {
                    let exec = try await Self.exec(["sh", "-c", Self.loop], in: name, at: place)
                    let start = try Self.post("/exec/\(exec)/start", #"{"Detach":false,"Tty":false}"#, to: place)
                    transcripts.append(try await Self.talk(start))
                }
                #expect(transcripts[0].hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(transcripts[0].contains("got one\n"))
                #expect(transcripts[1] == transcripts[0])
            }
        }

        @Test func aDetachedStartIsAnOrdinaryAnswer() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let (_, socket) = try await bench.startStandard()
                for place in [Engine.shared.socket, socket] {
                    let exec = try await Self.exec(["true"], in: name, at: place)
                    let answer = try await APIConnection.post("/exec/\(exec)/start", #"{"Detach":true}"#, to: place)
                    #expect(answer.status == 200)
                    #expect(answer.body.isEmpty)
                }
            }
        }

        @Test(arguments: ["//version", "//v1.41/containers/json?all=1", "/v1.41//info"])
        func aPathWithAnEmptySegmentIsRedirected(target: String) async throws {
            try await Workbench.use { bench in
                let (_, socket) = try await bench.startStandard()
                let expected = try await APIConnection.get(target, from: Engine.shared.socket)
                let answer = try await APIConnection.get(target, from: socket)
                #expect(answer.status == 301)
                #expect(answer.status == expected.status)
                #expect(answer.headers["location"] == expected.headers["location"])
                #expect(answer.body == expected.body)
            }
        }

        @Test func aBodyThatWaitsIsAskedForByTheEngineOrSpared() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let (_, socket) = try await bench.startStandard()
                // An empty tar file.
                let body = String(repeating: "\0", count: 1024)
                var statuses: [[Int]] = []
                for place in [Engine.shared.socket, socket] {
                    let upload = try Self.announce(body, for: name, to: place)
                    let first = try await upload.status()
                    try upload.say(body)
                    let all = try await upload.text(with: "HTTP/1.1 200 OK")
                    #expect(all.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"))
                    let refused = try Self.announce(body, for: "no-such-container", to: place)
                    // It says that the connection ends, because the body may still come; the engine goes on to read that.
                    let refusal = try await refused.text(with: "no-such-container\"}")
                    #expect(refusal.contains("Connection: close\r\n"))
                    statuses.append([first, try await refused.status()])
                }
                #expect(statuses == [[100, 404], [100, 404]])
            }
        }

        // MARK: Saying it

        private static func announce(_ body: String, for name: String, to place: String) throws -> APIConnection {
            let connection = try APIConnection(place)
            try connection.say(
                "PUT /containers/\(name)/archive?path=/tmp HTTP/1.1\r\nHost: docker\r\nContent-Type: application/x-tar\r\n"
                    + "Content-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\n\r\n"
            )
            return connection
        }

        private static func post(_ target: String, _ body: String, to place: String) throws -> APIConnection {
            let connection = try APIConnection(place)
            try connection.say(
                "POST \(target) HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            return connection
        }

        /// Types two lines to what runs `loop`. Returns all that came until the end.
        private static func talk(_ connection: APIConnection) async throws -> String {
            // An engine drops what comes before its answer has begun.
            try await connection.text(with: "\r\n\r\n")
            try connection.say("one\n")
            try await connection.text(with: "got one\n")
            try connection.say("end\n")
            return try await connection.everything()
        }

        /// The id of an exec that has not been started.
        private static func exec(_ command: [String], in name: String, at place: String) async throws -> String {
            struct Answer: Decodable { let Id: String }
            let words = String(decoding: try JSONEncoder().encode(command), as: UTF8.self)
            let settings = #"{"AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"Cmd":\#(words)}"#
            let answer = try await APIConnection.post("/containers/\(name)/exec", settings, to: place)
            return try JSONDecoder().decode(Answer.self, from: answer.body).Id
        }
    }
}

extension Workbench {
    /// A container that runs a shell's `script` and keeps its input open.
    fileprivate func reader(_ script: String) async throws -> String {
        try await self.container(options: ["--interactive"], "sh", "-c", script)
    }
}
