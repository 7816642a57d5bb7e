import CAllocations
import CSteps
import DockerBridge
import NIOCore
import NIOEmbedded
import Policy
import Support
import Testing

@testable import EdgeTunnel

/// Bodies that come in frames, on their way to an engine made of bytes.
@Suite struct UploadsTests {
    private final class Bench {
        let virtual: VirtualEngine
        let outbox: OutboxBench
        let uploads: Uploads
        let isPaused: () -> Bool

        private final class Pause {
            var isPaused = false
        }

        init(
            memory: Int = MemoryBudget.defaultLimit,
            limits: UploadTable.Limits = .init(),
            policy: PolicyKeeper? = nil
        ) throws {
            var dispatching = RequestDispatcher.Limits()
            dispatching.memory = memory
            dispatching.policy = policy
            self.virtual = VirtualEngine(dispatching)
            self.outbox = try OutboxBench()
            let pause = Pause()
            self.isPaused = { pause.isPaused }
            self.uploads = Uploads(dispatcher: self.virtual.dispatcher, limits: limits) { pause.isPaused = $0 }
        }

        var memory: MemoryBudget { self.virtual.dispatcher.memory }

        func upload(
            _ id: String = "r",
            to target: String = "/images/load",
            method: String = "POST"
        ) -> TunnelStream {
            let stream = TunnelStream(
                id: id,
                outbox: self.outbox.outbox,
                memory: self.memory,
                streamLimit: nil,
                takesBase64Bodies: false,
                whenGone: { _ in }
            )
            var request = BridgeRequest(method: method, target: target, asker: .controller)
            request.streamedBody = .chunked
            self.uploads.begin(stream)
            stream.exchange = self.virtual.dispatcher.dispatch(request, to: stream)
            self.virtual.eventLoop.run()
            return stream
        }

        /// Whether the engine's connection takes bytes.
        func engineTakes(_ takes: Bool) {
            guard let connection = self.virtual.connections.last else { return }
            connection.isWritable = takes
            connection.pipeline.fireChannelWritabilityChanged()
        }
    }

    private static func error(_ message: String, _ id: String = "r") -> String {
        #"{"type":"error","data":{"message":"\#(message)","requestId":"\#(id)"}}"#
    }

    @Test func aBodyGoesToTheEngineAsItComesAndEndsWithItsEnd() throws {
        let bench = try Bench()
        let stream = bench.upload()
        let head = try bench.virtual.hears()
        #expect(head.hasPrefix("POST /v1.44/images/load HTTP/1.1\r\n"))
        #expect(head.hasSuffix("Transfer-Encoding: chunked\r\n\r\n"))
        bench.uploads.received(ByteBuffer(string: "hello"), of: stream)
        bench.uploads.received(ByteBuffer(), of: stream)
        #expect(try bench.virtual.hears() == "5\r\nhello\r\n")
        bench.uploads.ended(stream)
        #expect(try bench.virtual.hears() == "0\r\n\r\n")
        try bench.virtual.says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        #expect(try bench.outbox.sent().count == 1)
        #expect(bench.memory.used == 0)
    }

    /// No bytes are no chunk, because that would end the body for the engine, which would take the rest for its next request.
    @Test func aPieceOfNothingDoesNotEndTheBody() throws {
        let bench = try Bench()
        let stream = bench.upload()
        _ = try bench.virtual.hears()
        for _ in 0..<1000 { bench.uploads.received(ByteBuffer(), of: stream) }
        #expect(try bench.virtual.hears() == "")
        bench.uploads.received(ByteBuffer(string: "POST / HTTP/1.1\r\n\r\n"), of: stream)
        bench.uploads.ended(stream)
        #expect(try bench.virtual.hears() == "13\r\nPOST / HTTP/1.1\r\n\r\n\r\n0\r\n\r\n")
    }

    /// The engine is dialled while the frames of the whole body come in.
    @Test(arguments: ["", "hello"])
    func aBodyThatEndsBeforeThereIsAConnectionIsComplete(body: String) throws {
        let bench = try Bench()
        bench.virtual.holdDials()
        let stream = bench.upload()
        if !body.isEmpty { bench.uploads.received(ByteBuffer(string: body), of: stream) }
        bench.uploads.ended(stream)
        bench.virtual.answerDials()
        #expect(try bench.virtual.hears().hasSuffix("\r\n\r\n\(body.isEmpty ? "" : "5\r\nhello\r\n")0\r\n\r\n"))
        try bench.virtual.says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        #expect(try bench.outbox.sent().count == 1)
        #expect(bench.memory.used == 0)
    }

    /// A frame without a byte is the cheapest that there is to send.
    @Test func anEmptyPieceTakesTheSameWorkHoweverManyBodiesThereAre() throws {
        func work(_ count: Int) throws -> UInt {
            let bench = try Bench()
            let streams = (0..<count).map { bench.upload("u\($0)") }
            let before = steps_of_this_thread() + allocations_of_this_thread()
            for _ in 0..<100 { bench.uploads.received(ByteBuffer(), of: streams[0]) }
            return steps_of_this_thread() + allocations_of_this_thread() - before
        }
        let (one, many) = (try work(1), try work(100))
        #expect(many < one + one / 4 + 1000, "\(one), then \(many)")
    }

    private static func keeper(_ rules: String) throws -> PolicyKeeper {
        let policy = HostPolicy(try PolicyReader.read(Array(rules.utf8)), from: .file("/p"))
        return PolicyKeeper(policy, mode: .enforce, host: "station-3")
    }

    @Test func aBodyWhoseRequestThePolicyDeniesIsDroppedBeforeTheEngineIsReached() throws {
        let bench = try Bench(policy: Self.keeper("allow look\n"))
        let stream = bench.upload()
        bench.uploads.received(ByteBuffer(string: "hello"), of: stream)
        bench.uploads.ended(stream)
        #expect(bench.virtual.connections.isEmpty)
        let sent = try bench.outbox.sent()
        #expect(sent.count == 1)
        #expect(sent.first?.contains("policy of station-3 denies images.load") == true)
        #expect(bench.memory.used == 0)
    }

    /// Whether it is allowed depends on a container, which the engine is asked about first.
    @Test(arguments: ["web-1", "db"])
    func aBodyWaitsUntilItsRequestHasBeenJudged(name: String) throws {
        let bench = try Bench(policy: Self.keeper("allow containers.archive.write container=web-*\n"))
        let id = String(repeating: "a", count: 64)
        let stream = bench.upload(to: "/containers/\(name)/archive?path=/x", method: "PUT")
        bench.uploads.received(ByteBuffer(string: "hello"), of: stream)
        bench.uploads.ended(stream)
        #expect(try bench.virtual.hears().hasPrefix("GET /containers/\(name)/json HTTP/1.1\r\n"))
        #expect(bench.memory.used >= 5)
        let config = #""Config":{"Labels":null,"Image":"nginx:1"}"#
        let document = #"{"Id":"\#(id)","Name":"/\#(name)",\#(config)}"#
        try bench.virtual.says("HTTP/1.1 200 OK\r\nContent-Length: \(document.utf8.count)\r\n\r\n\(document)")
        bench.virtual.eventLoop.run()
        let heard = try bench.virtual.hears()
        if name == "db" {
            #expect(heard == "")
            #expect(try bench.outbox.sent().joined().contains("policy of station-3 denies containers.archive.write"))
        } else {
            #expect(heard.hasPrefix("PUT /v1.44/containers/\(id)/archive?path=/x HTTP/1.1\r\n"))
            #expect(heard.hasSuffix("5\r\nhello\r\n0\r\n\r\n"))
            try bench.virtual.says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            #expect(try bench.outbox.sent().count == 1)
        }
        #expect(bench.memory.used == 0)
    }

    @Test func whatTheEngineDoesNotTakeWaitsAndIsCounted() throws {
        let bench = try Bench()
        let stream = bench.upload()
        bench.engineTakes(false)
        _ = try bench.virtual.hears()
        bench.uploads.received(ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000), of: stream)
        bench.uploads.ended(stream)
        #expect(try bench.virtual.hears() == "")
        #expect(bench.memory.used == 100_000)
        bench.engineTakes(true)
        let heard = try bench.virtual.hears()
        #expect(heard.count { $0 == "x" } == 100_000)
        #expect(heard.hasSuffix("\r\n0\r\n\r\n"))
        #expect(bench.memory.used == 0)
    }

    @Test func aFullQueueStopsTheTunnelUntilTheEngineTakesIt() throws {
        let bench = try Bench()
        let stream = bench.upload()
        bench.engineTakes(false)
        bench.uploads.received(ByteBuffer(repeating: 0, count: 1 << 20), of: stream)
        #expect(bench.isPaused())
        bench.engineTakes(true)
        #expect(!bench.isPaused())
        #expect(bench.memory.used == 0)
    }

    @Test func whileMemoryIsShortLittleStopsTheTunnel() throws {
        let bench = try Bench(memory: 1 << 20)
        let stream = bench.upload()
        bench.engineTakes(false)
        bench.memory.change(by: 600_000)
        bench.uploads.received(ByteBuffer(repeating: 0, count: 70_000), of: stream)
        #expect(bench.isPaused())
        bench.engineTakes(true)
        #expect(!bench.isPaused())
        bench.memory.change(by: -600_000)
        #expect(bench.memory.used == 0)
    }

    @Test func memoryThatComesBackLetsTheTunnelReadOn() throws {
        let bench = try Bench(memory: 4 << 20)
        let stream = bench.upload()
        bench.engineTakes(false)
        bench.memory.change(by: 3 << 20)
        bench.uploads.received(ByteBuffer(repeating: 0, count: 70_000), of: stream)
        #expect(bench.isPaused())
        bench.memory.change(by: -3 << 20)
        bench.virtual.eventLoop.run()
        #expect(!bench.isPaused())
        bench.uploads.received(ByteBuffer(repeating: 0, count: 1 << 20), of: stream)
        #expect(bench.isPaused(), "a queue that is full in any case")
        stream.cancel()
        #expect(bench.memory.used == 0)
    }

    @Test func anEngineThatTakesNothingCostsItsRequestAndTheTunnelReadsOn() throws {
        let bench = try Bench()
        let (slow, other) = (bench.upload("slow"), bench.upload("other"))
        for connection in bench.virtual.connections { connection.isWritable = false }
        bench.uploads.received(ByteBuffer(repeating: 0, count: 1 << 20), of: slow)
        bench.virtual.wait(.seconds(9))
        #expect(bench.isPaused())
        #expect(try bench.outbox.sent() == [])
        bench.virtual.wait(.seconds(1))
        #expect(!bench.isPaused())
        let reason = "the engine takes less than 256 KiB/s of the request body, which holds up the tunnel"
        #expect(try bench.outbox.sent() == [Self.error(reason, "slow")])
        #expect(bench.memory.used == 0)
        #expect(bench.virtual.connections.first?.isActive == false, "the engine is not left with half a body")
        // Its rest is dropped, and the other one goes on.
        bench.uploads.received(ByteBuffer(string: "rest"), of: slow)
        bench.uploads.ended(slow)
        bench.engineTakes(true)
        _ = try bench.virtual.hears()
        bench.uploads.received(ByteBuffer(string: "hello"), of: other)
        #expect(try bench.virtual.hears() == "5\r\nhello\r\n")
    }

    @Test func aControllerThatFallsSilentIsToldWhy() throws {
        let bench = try Bench()
        let stream = bench.upload()
        bench.virtual.wait(.seconds(20))
        bench.uploads.received(ByteBuffer(string: "hello"), of: stream)
        bench.virtual.wait(.seconds(29))
        #expect(try bench.outbox.sent() == [])
        bench.virtual.wait(.seconds(1))
        #expect(try bench.outbox.sent() == [Self.error("no stream or stream_end of the request body for 30 s")])
        #expect(bench.virtual.connections.last?.isActive == false)
    }

    @Test func silenceIsNotCountedWhileTheTunnelIsNotRead() throws {
        let bench = try Bench()
        _ = bench.upload()
        bench.uploads.reading(false)
        bench.virtual.wait(.minutes(5))
        bench.uploads.reading(true)
        bench.virtual.wait(.seconds(29))
        #expect(try bench.outbox.sent() == [])
        bench.virtual.wait(.seconds(1))
        #expect(try bench.outbox.sent().count == 1)
    }

    @Test func aBodyOverItsLimitEndsTheRequestWithTheReason() throws {
        let bench = try Bench(limits: UploadTable.Limits(body: 1 << 20))
        let stream = bench.upload()
        bench.uploads.received(ByteBuffer(repeating: 0, count: 1 << 20), of: stream)
        #expect(try bench.outbox.sent() == [])
        bench.uploads.received(ByteBuffer(string: "x"), of: stream)
        #expect(try bench.outbox.sent() == [Self.error("request body larger than 1 MiB")])
        #expect(bench.virtual.connections.last?.isActive == false)
        #expect(bench.memory.used == 0)
    }

    @Test func anAnswerBeforeTheEndOfTheBodyIsPassedOnAndTheRestIsDropped() throws {
        let bench = try Bench()
        let stream = bench.upload()
        bench.engineTakes(false)
        bench.uploads.received(ByteBuffer(repeating: 0, count: 1 << 20), of: stream)
        #expect(bench.isPaused())
        try bench.virtual.says("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")
        let sent = try bench.outbox.sent()
        #expect(sent.count == 1)
        #expect(sent.first?.contains(#""statusCode":404"#) == true)
        #expect(!bench.isPaused())
        #expect(bench.memory.used == 0)
        #expect(bench.virtual.connections.last?.isActive == false, "it would take the next request for the rest")
        bench.uploads.received(ByteBuffer(repeating: 0, count: 1 << 20), of: stream)
        bench.uploads.ended(stream)
        bench.virtual.wait(.minutes(5))
        #expect(try bench.outbox.sent() == [])
        #expect(bench.memory.used == 0)
    }

    @Test func theTimeToTheAnswerRunsFromTheEndOfTheBody() throws {
        let bench = try Bench()
        let stream = bench.upload(to: "/auth")
        for _ in 0..<10 {
            bench.virtual.wait(.seconds(20))
            bench.uploads.received(ByteBuffer(string: "x"), of: stream)
        }
        bench.uploads.ended(stream)
        bench.virtual.wait(.seconds(28))
        #expect(try bench.outbox.sent() == [])
        bench.virtual.wait(.seconds(4))
        #expect(try bench.outbox.sent() == [Self.error("the engine did not answer in time")])
    }

    @Test func anEngineThatWorksOnABodyHasTheTimeThatItNeeds() throws {
        let bench = try Bench()
        let stream = bench.upload(to: "/images/load")
        bench.uploads.received(ByteBuffer(string: "x"), of: stream)
        bench.uploads.ended(stream)
        bench.virtual.wait(.minutes(59))
        #expect(try bench.outbox.sent() == [])
        bench.virtual.wait(.minutes(2))
        #expect(try bench.outbox.sent().count == 1)
    }

    @Test func aCancelledRequestGivesItsMemoryBackAndLeavesTheEngine() throws {
        let bench = try Bench()
        let stream = bench.upload()
        bench.engineTakes(false)
        bench.uploads.received(ByteBuffer(repeating: 0, count: 1 << 20), of: stream)
        stream.cancel()
        #expect(bench.memory.used == 0)
        #expect(!bench.isPaused())
        #expect(bench.virtual.connections.last?.isActive == false)
        #expect(try bench.outbox.sent() == [])
    }

    @Test(arguments: [false, true])
    func aSessionThatEndsAmidABodyLeavesNothing(whileTheTunnelWaits: Bool) throws {
        let bench = try Bench()
        let stream = bench.upload()
        bench.engineTakes(false)
        bench.uploads.received(ByteBuffer(repeating: 0, count: whileTheTunnelWaits ? 1 << 20 : 1000), of: stream)
        #expect(bench.isPaused() == whileTheTunnelWaits)
        // In the order of a session's end.
        bench.uploads.stop()
        stream.cancel()
        bench.uploads.received(ByteBuffer(string: "rest"), of: stream)
        bench.uploads.ended(stream)
        #expect(bench.memory.used == 0)
        #expect(bench.virtual.connections.last?.isActive == false)
        bench.virtual.wait(.minutes(5))
        #expect(try bench.outbox.sent() == [])
    }

    @Test func aHundredBodiesStayWithinTheBudget() throws {
        let budget = 4 << 20
        let bench = try Bench(memory: budget)
        var streams: [TunnelStream] = []
        for index in 0..<100 { streams.append(bench.upload("u\(index)")) }
        for connection in bench.virtual.connections { connection.isWritable = false }
        let piece = ByteBuffer(repeating: 0, count: 32 << 10)
        var most = 0
        // The tunnel hands out one frame after the other, as long as it is read.
        for round in 0..<50 {
            for stream in streams where !bench.isPaused() { bench.uploads.received(piece, of: stream) }
            most = max(most, bench.memory.used)
            if round == 0 { #expect(bench.memory.used > 0) }
        }
        #expect(bench.isPaused())
        #expect(most <= budget + 100 * MemoryBudget.guaranteedBytes)
        bench.virtual.wait(.minutes(2))
        #expect(bench.memory.used == 0)
        #expect(try bench.outbox.sent().count == 100)
    }
}
