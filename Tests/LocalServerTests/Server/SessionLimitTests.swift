import Foundation
import Support
import Testing

@testable import LocalServer

/// `MAX_EXEC_SESSIONS` and `MAX_STREAM_SESSIONS` of the listener.
@Suite(.timeLimit(.minutes(1))) struct SessionLimitTests {
    private static let upgrade =
        "POST /v1.41/exec/1/start HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n"
        + "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    private static let streams = [
        "/v1.41/containers/c/logs?follow=1", "/events", "/containers/c/stats", "/containers/c/attach", "/exec/1/start",
        "/build", "/images/create?fromImage=a",
    ]
    /// Answers whole what does not stream, and lets all else go on for ever.
    private static let engine: FakeEngine.Answer = { request, peer in
        if request.target.hasSuffix("/version") { return peer.respond(200, "{}") }
        peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    @Test func upgradesBeyondTheirSettingAreA503ThatNamesItUntilOneHasEnded() throws {
        let bench = EmbeddedBench(maximumUpgrades: 2, maximumStreams: 1) { _, peer in peer.upgrade() }
        let open = try (0..<2).map { _ in try bench.client() }
        for client in open {
            try client.say(Self.upgrade)
            #expect(client.text.hasPrefix("HTTP/1.1 101 "))
        }
        let refused = try bench.client()
        try refused.say(Self.upgrade)
        #expect(refused.text.hasPrefix("HTTP/1.1 503 "))
        let reason = "2 upgraded connections are open, as many as MAX_EXEC_SESSIONS allows; close one, or raise it\n"
        #expect(refused.text.hasSuffix(reason))
        open[0].socket.close()
        try bench.run()
        let next = try bench.client()
        try next.say(Self.upgrade)
        #expect(next.text.hasPrefix("HTTP/1.1 101 "))
        #expect(bench.listenerLoop.load.openStreams == 0, "an upgrade is not a stream")
    }

    @Test(arguments: Self.streams)
    func streamsBeyondTheirSettingAreA503ThatNamesItUntilOneHasEnded(target: String) throws {
        let bench = EmbeddedBench(maximumStreams: 2, answer: Self.engine)
        let open = try ["/events", target].map { target in
            let client = try bench.client()
            try client.say(ListenerBench.get(target))
            #expect(client.text.hasPrefix("HTTP/1.1 200 "))
            return client
        }
        let refused = try bench.client()
        try refused.say(ListenerBench.get(target))
        #expect(refused.text.hasPrefix("HTTP/1.1 503 "))
        #expect(
            refused.text.hasSuffix(
                "2 streams are open, as many as MAX_STREAM_SESSIONS allows; close one, or raise it\n"
            )
        )
        let plain = try bench.client()
        try plain.say(ListenerBench.get("/version"))
        #expect(plain.text.hasPrefix("HTTP/1.1 200 "), "other requests are not counted")
        open[1].socket.close()
        try bench.run()
        let next = try bench.client()
        try next.say(ListenerBench.get(target))
        #expect(next.text.hasPrefix("HTTP/1.1 200 "))
        #expect(bench.listenerLoop.load.openStreams == 2)
    }

    @Test func aStreamThatTheEngineEndsGivesItsPlaceBackOnTheSameConnection() throws {
        let bench = EmbeddedBench(maximumStreams: 1) { _, peer in peer.respond(200, "a log") }
        let client = try bench.client()
        for _ in 0..<3 { try client.say(ListenerBench.get("/containers/c/logs", "")) }
        #expect(client.text.components(separatedBy: "a log").count == 4)
        #expect(bench.listenerLoop.load.openStreams == 0)
    }

    @Test func aStreamGivesItsPlaceBackOnce() throws {
        let bench = EmbeddedBench(maximumStreams: 1) { _, peer in peer.respond(200, "a log") }
        let client = try bench.client()
        try client.say(ListenerBench.get("/containers/c/logs", ""))
        for _ in 0..<2 { try client.say(ListenerBench.get("/version", "")) }
        #expect(client.text.components(separatedBy: "a log").count == 4)
        #expect(bench.listenerLoop.load.openStreams == 0, "after requests that have no place")
        client.socket.close()
        try bench.run()
        #expect(bench.listenerLoop.load.openStreams == 0, "after the end of the connection")
    }

    @Test func anUpgradeThatTheEngineRefusesGivesItsPlaceBackOnce() throws {
        let bench = EmbeddedBench(maximumUpgrades: 1) { _, peer in peer.respond(404, "no such exec") }
        for _ in 0..<3 {
            let client = try bench.client()
            try client.say(Self.upgrade)
            #expect(client.text.hasPrefix("HTTP/1.1 404 "))
            #expect(bench.listenerLoop.load.openUpgrades == 0, "after the answer")
            if !client.hasHeardTheEnd { try client.say(ListenerBench.get("/version", "")) }
            #expect(bench.listenerLoop.load.openUpgrades == 0, "after a request that has no place")
            client.socket.close()
            try bench.run()
            #expect(bench.listenerLoop.load.openUpgrades == 0, "after the end of the connection")
        }
    }

    @Test(arguments: [true, false]) func anUpgradedConnectionGivesItsPlaceBackOnce(engineEnds: Bool) throws {
        let bench = EmbeddedBench(maximumUpgrades: 1) { _, peer in
            peer.upgrade(then: "output")
            if engineEnds { peer.close() }
        }
        for _ in 0..<3 {
            let client = try bench.client()
            try client.say(Self.upgrade)
            #expect(client.text.hasPrefix("HTTP/1.1 101 "))
            #expect(client.text.hasSuffix("output"))
            if !engineEnds { #expect(bench.listenerLoop.load.openUpgrades == 1) }
            client.socket.close()
            try bench.run()
            #expect(bench.listenerLoop.load.openUpgrades == 0)
        }
    }

    @Test func streamsHaveNoLimitOfTheirOwnWithoutTheSetting() throws {
        let bench = EmbeddedBench(answer: Self.engine)
        for _ in 0..<150 {
            let client = try bench.client()
            try client.say(ListenerBench.get("/events"))
            #expect(client.text.hasPrefix("HTTP/1.1 200 "))
        }
        #expect(bench.listenerLoop.load.openStreams == 150)
    }
}
