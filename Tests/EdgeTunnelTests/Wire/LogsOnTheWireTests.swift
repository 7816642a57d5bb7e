import DockerBridge
import NIOCore
import Support
import Synchronization
import Testing

@testable import EdgeTunnel

/// Logs and deletes as a Drydock asks for them, on real connections.
@Suite(.timeLimit(.minutes(1))) struct LogsOnTheWireTests {
    private static func frame(_ stream: UInt8, _ text: String) -> ByteBuffer {
        var buffer = ByteBuffer(bytes: [stream, 0, 0, 0])
        buffer.writeInteger(UInt32(text.utf8.count))
        buffer.writeString(text)
        return buffer
    }

    /// Answers the question about the terminal; `logs` gets the rest.
    private static func engine(
        isTTY: Bool = false,
        logs: @escaping @Sendable (FakeEngine.Request, FakeEnginePeer) -> Void
    ) -> FakeEngine.Answer {
        { request, peer in
            if request.target.hasSuffix("/json") {
                peer.respond(200, #"{"Config":{"Tty":\#(isTTY)}}"#)
            } else {
                logs(request, peer)
            }
        }
    }

    private static func stream(_ peer: FakeEnginePeer, _ bodies: ByteBuffer...) {
        peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for body in bodies {
            peer.write("\(String(body.readableBytes, radix: 16))\r\n")
            peer.write(body)
            peer.write("\r\n")
        }
    }

    private static func end(_ peer: FakeEnginePeer) {
        peer.write("0\r\n\r\n")
    }

    @Test func oneAnswerHoldsBothOutputsWithoutTheirHeaders() async throws {
        let engine = Self.engine { _, peer in
            Self.stream(peer, Self.frame(1, "out\n"), Self.frame(2, "\"err\"\n"))
            Self.end(peer)
        }
        try await WireBench.run(answer: engine) { bench in
            bench.send(
                #"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l1","tail":5,"since":"0","timestamps":true}}"#
            )
            try await bench.says(
                #"{"type":"dd:container_log_response","data":{"requestId":"l1","containerId":"web","logs":"out\n\"err\"\n"}}"#
            )
            #expect(
                bench.engine.requests.last?.target.hasSuffix(
                    "/containers/web/logs?stdout=1&stderr=1&timestamps=1&tail=5&since=0"
                ) == true
            )
        }
    }

    @Test func withoutARequestIDNoneIsEchoed() async throws {
        let engine = Self.engine(isTTY: true) { _, peer in peer.respond(200, "tty\r\n") }
        try await WireBench.run(answer: engine) { bench in
            bench.send(#"{"type":"dd:container_log_request","data":{"containerId":"web"}}"#)
            try await bench.says(
                #"{"type":"dd:container_log_response","data":{"containerId":"web","logs":"tty\r\n"}}"#
            )
        }
    }

    @Test func whatGoesWrongStandsInTheText() async throws {
        let engine: FakeEngine.Answer = { _, peer in peer.respond(404, #"{"message":"No such container: web"}"#) }
        try await WireBench.run(answer: engine) { bench in
            for (request, error) in [
                (#""containerId":"web""#, "No such container: web"),
                (#""containerId":"../x""#, "containerId is no id or name of a container"),
                (#""requestId":"l1""#, "containerId is missing"),
                (#""containerId":"web","since":"10m""#, "since is '10m'; it must be Unix seconds, as in 1767225600"),
            ] {
                bench.send(#"{"type":"dd:container_log_request","data":{\#(request)}}"#)
                try await bench.says(containing: #""logs":"error: \#(error)"}}"#)
            }
        }
    }

    /// Released controllers send `since` as a number here, and the originals then never answer.
    @Test func aLiveLogComesInPiecesToItsEnd() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { _, peer in
            Self.stream(peer, Self.frame(1, "one\n"))
            peers.put(peer)
        }
        try await WireBench.run(answer: engine) { bench in
            bench.send(
                #"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l1","tail":100,"since":0,"timestamps":true,"follow":true,"stream":true}}"#
            )
            try await bench.says(
                #"{"type":"dd:container_log_chunk","data":{"requestId":"l1","containerId":"web","stream":"stdout","logs":"one\n"}}"#
            )
            let target = try #require(bench.engine.requests.last?.target)
            #expect(target.hasSuffix("/logs?stdout=1&stderr=1&follow=1&timestamps=1&tail=100&since=0"))
            let peer = try await peers.next()
            let second = Self.frame(2, "two\n")
            peer.write("\(String(second.readableBytes, radix: 16))\r\n")
            peer.write(second)
            peer.write("\r\n")
            try await bench.says(containing: #""stream":"stderr","logs":"two\n""#)
            Self.end(peer)
            try await bench.says(
                #"{"type":"dd:container_log_end","data":{"requestId":"l1","containerId":"web","reason":"eof"}}"#
            )
        }
    }

    @Test func aCharacterOnTheBorderOfTwoChunksArrivesWhole() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine(isTTY: true) { _, peer in
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            peers.put(peer)
        }
        try await WireBench.run(answer: engine) { bench in
            bench.send(
                #"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l1","stream":true}}"#
            )
            let peer = try await peers.next()
            let bytes = Array("a€".utf8)
            peer.write("2\r\n")
            peer.write(ByteBuffer(bytes: bytes[..<2]))
            peer.write("\r\n")
            try await bench.says(containing: #""logs":"a"}}"#)
            peer.write("2\r\n")
            peer.write(ByteBuffer(bytes: bytes[2...]))
            peer.write("\r\n")
            try await bench.says(containing: #""logs":"€"}}"#)
        }
    }

    @Test(arguments: ["web", ""])
    func cancelClosesTheEnginesConnection(container: String) async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { _, peer in
            Self.stream(peer, Self.frame(1, "one\n"))
            peers.put(peer)
        }
        try await WireBench.run(answer: engine) { bench in
            bench.send(
                #"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l1","stream":true}}"#
            )
            try await bench.says(containing: "dd:container_log_chunk")
            // Neither a stranger's nor one for another container.
            bench.send(#"{"type":"dd:container_log_cancel","data":{"requestId":"l2","containerId":"web"}}"#)
            bench.send(#"{"type":"dd:container_log_cancel","data":{"requestId":"l1","containerId":"other"}}"#)
            try await bench.isAnswered()
            bench.send(#"{"type":"dd:container_log_cancel","data":{"requestId":"l1","containerId":"\#(container)"}}"#)
            try await bench.says(containing: #""reason":"canceled""#)
            try await peers.next().closed()
            try await bench.isAnswered()
        }
    }

    @Test func aLiveLogThatBreaksSaysSo() async throws {
        let engine = Self.engine { _, peer in
            Self.stream(peer, Self.frame(1, "one\n"))
            peer.closeWhenWritten()
        }
        try await WireBench.run(answer: engine) { bench in
            bench.send(
                #"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l1","stream":true}}"#
            )
            try await bench.says(containing: #""logs":"one\n""#)
            try await bench.says(beginning: #"{"type":"dd:container_log_error","data":{"requestId":"l1""#)
            try await bench.isAnswered()
        }
    }

    @Test func aLiveLogNeedsBothIDsAndOneOfItsOwn() async throws {
        let engine = Self.engine { _, peer in Self.stream(peer) }
        try await WireBench.run(answer: engine) { bench in
            for ids in [#""containerId":"web""#, #""requestId":"l1""#, #""requestId":"","containerId":"web""#] {
                bench.send(#"{"type":"dd:container_log_request","data":{"stream":true,\#(ids)}}"#)
                try await bench.says(containing: #""error":"requestId and containerId are required""#)
            }
            let request =
                #"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l1","stream":true}}"#
            bench.send(request)
            bench.send(request)
            try await bench.says(containing: #""error":"duplicate requestId""#)
        }
    }

    @Test func theHundredAndTwentyNinthLiveLogIsRefused() async throws {
        let open = Atomic(0)
        let engine = Self.engine { _, peer in
            Self.stream(peer)
            open.wrappingAdd(1, ordering: .relaxed)
        }
        try await WireBench.run(answer: engine) { bench in
            for number in 1...129 {
                bench.send(
                    #"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l\#(number)","stream":true}}"#
                )
            }
            try await bench.says(
                #"{"type":"dd:container_log_error","data":{"requestId":"l129","containerId":"web","error":"too many active container log streams"}}"#
            )
            try await until { open.load(ordering: .relaxed) == 128 }
            bench.send(#"{"type":"dd:container_log_cancel","data":{"requestId":"l7","containerId":""}}"#)
            try await bench.says(containing: #""requestId":"l7","containerId":"web","reason":"canceled""#)
            bench.send(
                #"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l130","stream":true}}"#
            )
            try await until { open.load(ordering: .relaxed) == 129 }
        }
    }

    @Test func aLogThatNobodyReadsIsNotReadOffTheEngineEither() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let total = 64 << 20
        let engine = Self.engine(isTTY: true) { _, peer in
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            for _ in 0..<(total >> 20) { peer.write(ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)) }
            peers.put(peer)
        }
        try await WireBench.run(answer: engine) { bench in
            try await bench.setReading(false)
            bench.send(
                #"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l1","stream":true}}"#
            )
            let peer = try await peers.next()
            var looks: [Int] = []
            // Until nothing moves any more.
            try await until {
                looks.append(try await peer.unsentBytes())
                return looks.count > 50 && Set(looks.suffix(50)).count == 1
            }
            #expect(looks.last ?? 0 > total / 2)
            try await bench.setReading(true)
            var received = 0
            while received < total {
                let text = try await bench.next()
                received += text.utf8.count { $0 == UInt8(ascii: "x") }
            }
            #expect(received == total)
            try await bench.says(containing: #""reason":"eof""#)
        }
    }

    @Test func aDeleteIsForcedAndAnswered() async throws {
        let engine: FakeEngine.Answer = { request, peer in
            if request.target.contains("/gone?") {
                peer.respond(404, #"{"message":"No such container: gone"}"#)
            } else {
                peer.write("HTTP/1.1 204 No Content\r\n\r\n")
            }
        }
        try await WireBench.run(answer: engine) { bench in
            bench.send(#"{"type":"dd:container_delete_request","data":{"containerId":"web","requestId":"d1"}}"#)
            try await bench.says(
                #"{"type":"dd:container_delete_response","data":{"requestId":"d1","containerId":"web","success":true}}"#
            )
            let request = try #require(bench.engine.requests.last)
            #expect(request.method == "DELETE")
            #expect(request.target.hasSuffix("/containers/web?force=1"))
            bench.send(#"{"type":"dd:container_delete_request","data":{"containerId":"gone"}}"#)
            try await bench.says(
                #"{"type":"dd:container_delete_response","data":{"containerId":"gone","success":false,"error":"No such container: gone"}}"#
            )
            bench.send(#"{"type":"dd:container_delete_request","data":{"containerId":"a/../b","requestId":"d2"}}"#)
            try await bench.says(containing: #""success":false,"error":"containerId is no id or name of a container""#)
            #expect(bench.engine.requests.count == 2)
        }
    }

    @Test func theThirtyThirdAnswerIsRefused() async throws {
        let engine: FakeEngine.Answer = { _, _ in }
        try await WireBench.run(answer: engine) { bench in
            for number in 1...33 {
                bench.send(
                    #"{"type":"dd:container_delete_request","data":{"containerId":"web","requestId":"d\#(number)"}}"#
                )
            }
            try await bench.says(
                containing: #""requestId":"d33","containerId":"web","success":false,"error":"agent busy"#
            )
            bench.send(#"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l1"}}"#)
            try await bench.says(containing: #""logs":"error: agent busy"#)
        }
    }

    @Test func aShutdownEndsEachWithAWord() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine: FakeEngine.Answer = { request, peer in
            if request.method == "DELETE" { return }
            Self.engine { _, peer in
                Self.stream(peer, Self.frame(1, "one\n"))
                peers.put(peer)
            }(request, peer)
        }
        try await WireBench.run(answer: engine) { bench in
            bench.send(
                #"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l1","stream":true}}"#
            )
            try await bench.says(containing: "dd:container_log_chunk")
            bench.send(#"{"type":"dd:container_delete_request","data":{"containerId":"web","requestId":"d1"}}"#)
            bench.send(#"{"type":"dd:container_log_request","data":{"containerId":"web","requestId":"l2"}}"#)
            for _ in 0..<2 { _ = try await peers.next() }
            try await bench.onLoop { handler, _ in handler.shutDown() }
            var ends: Set<String> = []
            for _ in 0..<3 { ends.insert(String(try await bench.next().split(separator: "\"")[3])) }
            #expect(
                ends == ["dd:container_log_error", "dd:container_log_response", "dd:container_delete_response"]
            )
        }
    }
}
