import Foundation
import Testing

private let lineFeed = Data("\n".utf8)

extension EndToEnd {
    /// Plain requests: the answer that comes out of the tunnel is the answer that the engine gave.
    ///
    /// All but one byte: the engine ends its JSON with a line feed, and that is no part of the value in a frame.
    @Suite struct RequestTests {
        @Test func anInspectIsTheEnginesOwnToTheByte() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let target = "/containers/\(name)/json"
                let expected = try await APIConnection.get(target, from: Engine.shared.socket)
                let answer = try await APIConnection.get(target, from: tunnel.socket)
                #expect(answer.status == 200)
                #expect(answer.body + lineFeed == expected.body)
                #expect(answer.headers["content-type"] == expected.headers["content-type"])
                #expect(answer.headers["api-version"] == expected.headers["api-version"])
            }
        }

        @Test func aListShowsTheContainers() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let answer = try await APIConnection.get("/containers/json?all=true", from: tunnel.socket)
                let list = try #require(JSONSerialization.jsonObject(with: answer.body) as? [[String: Any]])
                let names = list.compactMap { $0["Names"] as? [String] }.joined()
                #expect(names.contains("/\(name)"))
            }
        }

        @Test(arguments: ["/containers/no-such-container/json", "/no/such/path", "/images/no-such-image/json"])
        func aRefusalIsTheEnginesOwn(_ target: String) async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let expected = try await APIConnection.get(target, from: Engine.shared.socket)
                let answer = try await APIConnection.get(target, from: tunnel.socket)
                #expect(answer.status == 404)
                #expect(answer.status == expected.status)
                #expect(answer.body + lineFeed == expected.body)
            }
        }

        @Test func pingAnswersItsTwoBytes() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let answer = try await APIConnection.get("/_ping", from: tunnel.socket)
                #expect(answer.status == 200)
                #expect(answer.body == Data("OK".utf8))
            }
        }

        @Test(arguments: ["export", "archive?path=/bin/busybox"])
        func aTarComesToTheByteThroughAControllerThatReadsBase64(_ call: String) async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel(options: ["--capabilities", "edge-response-body-b64"])
                let target = "/containers/\(name)/\(call)"
                let expected = try await APIConnection.get(target, from: Engine.shared.socket)
                let answer = try await APIConnection.get(target, from: tunnel.socket)
                #expect(answer.status == 200)
                #expect(answer.body.count > 100_000)
                #expect(answer.body == expected.body)
                let copy = "docker cp \(name):/bin/busybox - | md5sum"
                let copied = try await bench.shell(copy, engine: tunnel.socket)
                #expect(try await bench.shell(copy, engine: Engine.shared.socket).output == copied.output)
                // What JSON and text carry stays as it is.
                #expect(try await APIConnection.get("/_ping", from: tunnel.socket).body == Data("OK".utf8))
                #expect(try await tunnel.docker("inspect", name).output == bench.direct("inspect", name).output)
            }
        }

        @Test func aTarIsRefusedByNameThroughAnOlderController() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let answer = try await APIConnection.get("/containers/\(name)/export", from: tunnel.socket)
                #expect(answer.status == 502)
                #expect(String(decoding: answer.body, as: UTF8.self).contains("response body is binary"))
            }
        }

        @Test func oneStreamMoreThanTheSettingAllowsIsA503InBothModes() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let settings = ["MAX_STREAM_SESSIONS": "1"]
                let tunnel = try await bench.openTunnel(settings: settings)
                let (_, listener) = try await bench.startStandard(settings)
                for socket in [tunnel.socket, listener] {
                    var first = [try APIConnection(socket)]
                    try first[0].ask("/events")
                    #expect(try await first[0].status() == 200)
                    let refused = try await APIConnection.get("/containers/\(name)/logs?stdout=1", from: socket)
                    #expect(refused.status == 503)
                    #expect(String(decoding: refused.body, as: UTF8.self).contains("MAX_STREAM_SESSIONS"))
                    #expect(try await APIConnection.get("/version", from: socket).status == 200)
                    first.removeLast()
                    try await eventually("a stream is accepted again") {
                        let target = "/containers/\(name)/logs?stdout=1"
                        return try await APIConnection.get(target, from: socket).status == 200 ? () : nil
                    }
                    #expect(first.isEmpty)
                }
            }
        }

        @Test func theRequestAfterOneHundredIsRefusedUntilOneOfThemEnds() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                var streams = try (0..<100).map { _ in try APIConnection(tunnel.socket) }
                for stream in streams { try stream.ask("/events") }
                for stream in streams { #expect(try await stream.status() == 200) }

                let refused = try await APIConnection.get("/version", from: tunnel.socket)
                #expect(refused.status == 502)
                #expect(
                    String(decoding: refused.body, as: UTF8.self)
                        .contains("agent busy: too many concurrent requests")
                )

                streams.removeLast()
                try await eventually("a request is accepted again") {
                    try await APIConnection.get("/version", from: tunnel.socket).status == 200 ? () : nil
                }
                #expect(streams.count == 99)
            }
        }
    }
}
