import Foundation
import NIOCore
import Support
import Testing

@testable import LocalServer

/// The listener on a real socket, before an engine that says what a test wants.
@Suite(.timeLimit(.minutes(1))) struct ListenerTests {
    @Test func anAnswerPassesThroughAsItIs() async throws {
        try await ListenerBench.run { _, peer in
            peer.write("HTTP/1.1 404 Nothing Here\r\nX-a: 1\r\nx-A: 2\r\nServer: e\r\nContent-Length: 2\r\n\r\nno")
        } _: { bench in
            let answer = try await bench.say(ListenerBench.get("/v1.41/x?a=%2F"))
            let head = "HTTP/1.1 404 Nothing Here\r\nX-a: 1\r\nx-A: 2\r\nServer: e\r\nContent-Length: 2\r\n"
            #expect(answer == head + "Connection: close\r\n\r\nno")
            #expect(bench.engine.requests.map(\.target) == ["/v1.41/x?a=%2F"])
        }
    }

    @Test func credentialsNeverReachTheEngine() async throws {
        try await ListenerBench.run { _, peer in
            peer.respond(200)
        } _: { bench in
            let fields = "X-Dd-Agent-Secret: s\r\nX-Portwing-Token: p\r\nX-Registry-Auth: r\r\nConnection: close\r\n"
            let answer = try await bench.say(ListenerBench.get("/x", fields))
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(bench.engine.requests.map(\.lines) == [["Host: docker", "X-Registry-Auth: r"]])
        }
    }

    @Test(arguments: [
        ("/x", "", "401 "), ("/x", "Authorization: Bearer wrong\r\n", "401 "), ("/health", "", "200 "),
        ("/ready", "", "200 "), ("/_lookout/health", "", "200 "), ("/_lookout/info", "", "401 "),
        ("//x", "", "301 "), ("//a/../x", "", "400 "), ("/a/../x", "", "400 "),
    ])
    func theGateStandsBeforeEverythingButHealth(target: String, fields: String, status: String) async throws {
        try await ListenerBench.run { _, peer in
            peer.respond(200)
        } _: { bench in
            let answer = try await bench.say("GET \(target) HTTP/1.1\r\nHost: x\r\n\(fields)Connection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status)"))
            #expect(bench.engine.requests.isEmpty)
        }
    }

    @Test func tenFailuresAreEnough() async throws {
        try await ListenerBench.run { _, peer in
            peer.respond(200)
        } _: { bench in
            for number in 1...10 {
                let token = "Authorization: Bearer wrong-\(number)\r\n"
                let answer = try await bench.say("GET /x HTTP/1.1\r\nHost: x\r\n\(token)Connection: close\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 401 "))
            }
            let limited = try await bench.say(ListenerBench.get("/x"))
            #expect(limited.hasPrefix("HTTP/1.1 429 "))
            #expect(limited.contains("\r\nRetry-After: "))
            #expect(limited.hasSuffix("\r\n\r\ntoo many failed attempts\n"))
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await ListenerBench.run { request, peer in
            peer.respond(200, request.target)
        } _: { bench in
            let answer = try await bench.say(
                ListenerBench.get("/1", "") + ListenerBench.get("/2", "") + ListenerBench.get("/3")
            )
            let bodies = answer.components(separatedBy: "\r\n\r\n").dropFirst().map { $0.prefix(2) }
            #expect(bodies == ["/1", "/2", "/3"])
        }
    }

    @Test func theHeadOfASilentStreamArrivesAtOnce() async throws {
        try await ListenerBench.run { _, peer in
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        } _: { bench in
            let client = try await bench.connect()
            client.write(ListenerBench.get("/events", ""))
            let head = try await client.received(upTo: "\r\n\r\n")
            #expect(head == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.close()
        }
    }

    @Test func aBodyOfUnknownLengthIsChunkedAndTheConnectionGoesOn() async throws {
        try await ListenerBench.run { _, peer in
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        } _: { bench in
            let answer = try await bench.say(ListenerBench.get("/1", "") + ListenerBench.get("/2"))
            #expect(answer.components(separatedBy: "3\r\nabc\r\n0\r\n\r\n").count == 3)
        }
    }

    @Test func aBodyIsPassedOnAsItWasFramed() async throws {
        try await ListenerBench.run { request, peer in
            peer.respond(200, request.body)
        } _: { bench in
            let fields = "Authorization: Bearer \(ListenerBench.token)\r\nHost: x\r\n"
            let answer = try await bench.say(
                "POST /x HTTP/1.1\r\n\(fields)Connection: close\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello"
            )
            // A body that has come is not asked for.
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.hasSuffix("hello"))
            let lines = ["Host: docker", "Expect: 100-continue", "Content-Length: 5"]
            #expect(bench.engine.requests.first?.lines == lines)
        }
    }

    @Test func aClientThatLeavesCancelsItsRequest() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await ListenerBench.run { _, peer in
            peers.put(peer)
        } _: { bench in
            let client = try await bench.connect()
            client.write(ListenerBench.get("/containers/x/wait", ""))
            let peer = try await peers.next()
            client.close()
            try await peer.closed()
        }
    }

    @Test func anEngineThatIsNotThereIsA502() async throws {
        try await ListenerBench.run { _, peer in
            peer.respond(200)
        } _: { bench in
            try await bench.engine.stop()
            let answer = try await bench.say(ListenerBench.get("/x"))
            #expect(answer.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
            #expect(answer.contains("\r\n\r\ndocker daemon unreachable; "))
            #expect(!answer.contains("/tmp"))
        }
    }

    @Test func anEngineThatDoesNotAnswerInTimeIsA504ButMayTakeItsTimeForALongOne() async throws {
        try await ListenerBench.run(timeout: .milliseconds(1)) { _, _ in
        } _: { bench in
            let answer = try await bench.say(ListenerBench.get("/x"))
            #expect(answer.hasPrefix("HTTP/1.1 504 "))
        }
        let peers = Mailbox<FakeEnginePeer>()
        try await ListenerBench.run(timeout: .milliseconds(1)) { request, peer in
            if request.target == "/x/wait" { peers.put(peer) }
        } _: { bench in
            let client = try await bench.connect()
            client.write(ListenerBench.get("/x/wait"))
            let peer = try await peers.next()
            // A full sweep of deadlines goes by.
            let other = try await bench.say(ListenerBench.get("/y"))
            #expect(other.hasPrefix("HTTP/1.1 504 "))
            peer.respond(200, "done")
            #expect(try await client.everything().hasSuffix("done"))
        }
    }

    @Test func anAnswerThatBreaksOffBreaksOffHereToo() async throws {
        try await ListenerBench.run { _, peer in
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            peer.closeWhenWritten()
        } _: { bench in
            let answer = try await bench.say(ListenerBench.get("/x"))
            #expect(answer.hasSuffix("3\r\nabc\r\n"))
        }
    }

    @Test func anUpgradeCarriesBytesBothWaysAndHalfAClose() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await ListenerBench.run { request, peer in
            peer.upgrade(then: "early")
            peers.put(peer)
        } _: { bench in
            let client = try await bench.connect()
            client.write(
                "POST /exec/1/start HTTP/1.1\r\nHost: x\r\nX-Lookout-Token: \(ListenerBench.token)\r\nContent-Length: 2\r\n"
                    + "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n{}typed"
            )
            let head = try await client.received(upTo: "early")
            #expect(head.hasPrefix("HTTP/1.1 101 UPGRADED\r\n"))
            let peer = try await peers.next()
            #expect(try await peer.input.next() == "typed")
            #expect(bench.engine.requests.first?.body == "{}")
            #expect(bench.engine.requests.first?.lines.contains("Upgrade: tcp") == true)
            try await client.closeOutput()
            try await peer.closed()
            #expect(try await client.everything() == "")
        }
    }

    @Test func aHeadThatNeverEndsIsNotWaitedFor() async throws {
        try await ListenerBench.run(prepare: { $0.headTimeout = .milliseconds(1) }) { _, peer in
            peer.respond(200)
        } _: { bench in
            let client = try await bench.connect()
            client.write("GET / HT")
            #expect(try await client.everything() == "")
        }
    }

    @Test func aFullHouseTurnsTheNextOneAway() async throws {
        try await ListenerBench.run(prepare: { $0.maximumConnections = 1 }) { _, peer in
            peer.respond(200)
        } _: { bench in
            // The connection that saw the listener come up may hold the one place for a moment.
            var first = try await bench.connect()
            first.write(ListenerBench.get("/x", ""))
            while try await first.received(upTo: "\r\n\r\n").isEmpty {
                first = try await bench.connect()
                first.write(ListenerBench.get("/x", ""))
            }
            let second = try await bench.connect()
            #expect(try await second.everything() == "")
            first.write(ListenerBench.get("/x"))
            #expect(try await first.everything().hasPrefix("HTTP/1.1 200 "))
        }
    }

    /// Where no credential is asked for, a page must not get by: neither under a rebound name nor from another origin.
    @Test(arguments: [
        "GET /v1.44/containers/json HTTP/1.1\r\nHost: evil.example:3000\r\n",
        "POST /v1.44/containers/x/kill HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\nContent-Length: 0\r\n",
        "GET /v1.44/containers/x/attach/ws?stdin=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\n"
            + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AA==\r\n",
        "GET /_lookout/info HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: cross-site\r\n",
    ])
    func aWebPageDoesNotReachTheEngine(head: String) async throws {
        let closing = head.contains("Upgrade") ? "" : "Connection: close\r\n"
        try await ListenerBench.run(token: nil, browsers: BrowserGuard(.loopback)) { _, peer in
            peer.respond(200)
        } _: { bench in
            let client = try await bench.connect()
            client.write(head + closing + "\r\n")
            let answer = try await client.received(upTo: "\n\r\n").lowercased()
            #expect(answer.contains("http/1.1 403 "))
            #expect(bench.engine.requests.isEmpty)
            client.close()
            let program = "GET /v1.44/containers/json HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nConnection: close\r\n\r\n"
            #expect(try await bench.say(program).hasPrefix("HTTP/1.1 200 "))
        }
    }
}
