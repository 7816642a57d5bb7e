import NIOCore
import Support
import Testing

@testable import DockerBridge

@Suite struct EventSubscriptionTests {
    private static func event(_ action: String, _ id: String, at time: Int) -> String {
        #"{"Type":"container","Action":"\#(action)","Actor":{"ID":"\#(id)"},"timeNano":\#(time)}"# + "\n"
    }

    private static func chunked(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }

    private static let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test func eventsComeInOrderWhateverTheirNumberAndTheEndIsTold() async throws {
        let ids = (0..<2_000).map { "c\($0)" }
        let events = ids.enumerated().map { Self.event("start", $1, at: $0 + 1) }.joined()
        try await EngineBench.run(answer: { _, peer in
            peer.write(Self.head + Self.chunked(Self.event("die", "x", at: 1) + events) + "0\r\n\r\n")
        }) { bench in
            let engine = EngineAPI(dispatcher: bench.dispatcher)
            let subscription = try await engine.events(["start"], after: EventCursor())
            var seen: [String] = []
            while let event = await subscription.next() { seen.append(event.containerID) }
            #expect(seen == ids)
            let end = await subscription.close()
            #expect(end.end == "the engine closed the event stream")
            #expect(end.cursor.since == "0.000002000")
        }
    }

    @Test func itGoesOnWhereItWasLeftAndTellsNothingTwice() async throws {
        try await EngineBench.run(answer: { request, peer in
            let again = Self.event("start", "a", at: 5_000_000_001)
            let new = request.target.contains("since=5.000000001") ? Self.event("start", "b", at: 6_000_000_000) : ""
            peer.write(Self.head + Self.chunked(again + new) + "0\r\n\r\n")
        }) { bench in
            let engine = EngineAPI(dispatcher: bench.dispatcher)
            let first = try await engine.events(["start"], after: EventCursor())
            #expect(await first.next()?.containerID == "a")
            #expect(await first.next() == nil)
            let second = try await engine.events(["start"], after: await first.close().cursor)
            #expect(await second.next()?.containerID == "b")
            #expect(await second.next() == nil)
        }
    }

    @Test func aStreamThatBreaksBeforeAnythingHappensGoesOnFromItsBeginning() async throws {
        try await EngineBench.run(answer: { _, peer in
            peer.write("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:01:40 GMT\r\nContent-Length: 0\r\n\r\n")
        }) { bench in
            let engine = EngineAPI(dispatcher: bench.dispatcher)
            let subscription = try await engine.events(["start"], after: EventCursor())
            #expect(await subscription.next() == nil)
            #expect(await subscription.close().cursor.since == "100.000000000")
        }
    }

    @Test func anEngineThatRefusesIsAnError() async throws {
        try await EngineBench.run(answer: { _, peer in
            peer.respond(403)
        }) { bench in
            let error = await #expect(throws: BridgeError.self) {
                _ = try await EngineAPI(dispatcher: bench.dispatcher).events(["start"], after: EventCursor())
            }
            #expect(error?.detail == "the engine answers 403 to /events")
        }
    }

    @Test func aCancelledReaderHearsTheEnd() async throws {
        try await EngineBench.run(answer: { _, peer in peer.write(Self.head) }) { bench in
            let subscription = try await EngineAPI(dispatcher: bench.dispatcher).events(["start"], after: EventCursor())
            let reading = Task { await subscription.next() }
            reading.cancel()
            #expect(await reading.value == nil)
        }
    }
}
