import Glibc
import NIOCore
import Support
import Synchronization
import Testing

@testable import DockerBridge

@Suite(.timeLimit(.minutes(1))) struct EngineClientTests {
    @Test func anIdleConnectionServesTheNextRequest() async throws {
        try await EngineBench.run(answer: { $1.respond(200, "\($0.method) \($0.target)") }) { bench in
            let answers = [
                try await bench.send("GET", "/info"), try await bench.send("POST", "/x", body: "{}"),
                try await bench.send("GET", "/v1.40/events?a"),
            ]
            #expect(answers.map(\.body) == ["GET /v1.44/info", "POST /v1.44/x", "GET /v1.40/events?a"])
            #expect(answers.map(\.form) == [.plain, .plain, .stream])
            #expect(bench.engine.requests.map(\.connection) == [0, 0, 0])
            #expect(bench.engine.requests.map(\.body) == ["", "{}", ""])
        }
    }

    @Test func requestsAtTheSameTimeHaveConnectionsOfTheirOwn() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(answer: { peers.put($1) }) { bench in
            let first = try await bench.open("GET", "/a")
            let second = try await bench.open("GET", "/b")
            for _ in 0..<2 { try await peers.next().respond(200, "ok") }
            #expect(try await first.recorded().body == "ok")
            #expect(try await second.recorded().body == "ok")
            #expect(Set(bench.engine.requests.map(\.connection)) == [0, 1])
        }
    }

    @Test func aSpentConnectionIsNotUsedAgain() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
        try await EngineBench.run(answer: { $1.write(answer) }) { bench in
            for _ in 0..<2 {
                let answer = try await bench.send("GET", "/")
                #expect(answer.body == "hi")
            }
            #expect(bench.engine.requests.map(\.connection) == [0, 1])
        }
    }

    /// It is out of step: the next answer would be taken for what it is not.
    @Test func anIdleConnectionThatSpeaksIsNotUsedAgain() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(
            answer: { request, peer in
                peer.respond(200, "ok")
                peers.put(peer)
            },
            { bench in
                #expect(try await bench.send("GET", "/a").body == "ok")
                let first = try await peers.next()
                first.write("HTTP/1.1 200 OK\r\n")
                try await first.closed()
                #expect(try await bench.send("GET", "/b").body == "ok")
                #expect(bench.engine.requests.map(\.connection) == [0, 1])
            }
        )
    }

    /// The engine takes the second request on a connection and closes it: as if it had been closing while idle.
    private static let closesUsedConnections: FakeEngine.Answer = { request, peer in
        if request.target.hasSuffix("/first") || request.connection > 0 {
            peer.respond(200, "ok")
        } else {
            peer.close()
        }
    }

    @Test(arguments: ["GET", "HEAD"])
    func aReadOnAStaleConnectionIsAskedAgain(method: String) async throws {
        try await EngineBench.run(answer: Self.closesUsedConnections) { bench in
            _ = try await bench.send("GET", "/first")
            let answer = try await bench.send(method, "/second")
            #expect(answer.status == 200)
            #expect(bench.engine.requests.map(\.connection) == [0, 0, 1])
        }
    }

    /// The end of a chunked body is not sent twice, and without it the engine reads the next request as this one's body.
    @Test(arguments: [(BridgeRequest.StreamedBody.sized(0), [0, 0, 1]), (.chunked, [0, 0])])
    func aReadWhoseBodyHasEndedIsAskedAgainOnlyIfNothingOfTheBodyWasSent(
        framing: BridgeRequest.StreamedBody,
        connections: [Int]
    ) async throws {
        try await EngineBench.run(answer: Self.closesUsedConnections) { bench in
            _ = try await bench.send("GET", "/first")
            let askedFor = Mailbox<Void>()
            let read = try await bench.open("GET", "/second", streaming: framing) { sink in
                sink.whenAskedForBody = { askedFor.put(()) }
            }
            try await askedFor.next()
            try await read.onLoop { _, exchange in exchange?.endBody() }
            let answer = try await read.recorded()
            #expect(answer.status == (framing == .chunked ? nil : 200))
            #expect(bench.engine.requests.map(\.connection) == connections)
        }
    }

    @Test(arguments: ["POST", "DELETE", "PUT"])
    func anythingElseOnAStaleConnectionIsNotRepeated(method: String) async throws {
        try await EngineBench.run(answer: Self.closesUsedConnections) { bench in
            _ = try await bench.send("GET", "/first")
            let answer = try await bench.send(method, "/second")
            #expect(answer.errorCode == .engineUnreachable)
            #expect(bench.engine.requests.count == 2)
        }
    }

    @Test func aFreshConnectionThatClosesIsNoReasonToAskAgain() async throws {
        try await EngineBench.run(answer: { $1.close() }) { bench in
            let answer = try await bench.send("GET", "/")
            #expect(answer.errorCode == .engineUnreachable)
            #expect(answer.errorDetail == "the engine closed the connection without an answer")
            #expect(bench.engine.requests.count == 1)
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "abc"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "abc"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", ""),
    ])
    func anAnswerThatIsCutOffIsAnError(text: String, body: String) async throws {
        try await EngineBench.run(
            answer: { _, peer in
                peer.write(text)
                peer.close()
            },
            { bench in
                let answer = try await bench.send("GET", "/events")
                #expect(answer.status == 200)
                #expect(answer.body == body)
                #expect(answer.errorCode == .truncated)
                #expect(answer.errorDetail == "the engine closed the connection before the answer was complete")
            }
        )
    }

    @Test func anAnswerUntilCloseEndsWithTheConnection() async throws {
        try await EngineBench.run(
            answer: { _, peer in
                peer.write("HTTP/1.1 200 OK\r\n\r\nall")
                peer.close()
            },
            { bench in
                let answer = try await bench.send("GET", "/")
                #expect(answer.body == "all")
                #expect(answer.errorCode == nil)
            }
        )
    }

    @Test func whatIsNoHTTPIsAnError() async throws {
        try await EngineBench.run(answer: { $1.write("220 mail ready\r\n") }) { bench in
            let answer = try await bench.send("GET", "/")
            #expect(answer.errorCode == .malformedResponse)
        }
    }

    @Test(arguments: [("GE T", "/"), ("GET", "info"), ("GET", "/a b"), ("GET", "/a\r\nX: b")])
    func aRequestThatIsIllFormedNeverReachesTheEngine(method: String, target: String) async throws {
        try await EngineBench.run(answer: { $1.respond() }) { bench in
            let answer = try await bench.send(method, target)
            #expect(answer.errorCode == .badRequest)
            #expect(bench.engine.requests.isEmpty)
        }
    }

    @Test(arguments: [BridgeRequest.StreamedBody.sized(11), .chunked])
    func aBodyInPiecesIsAskedForAndArrivesWhole(framing: BridgeRequest.StreamedBody) async throws {
        try await EngineBench.run(answer: { $1.respond(200, "heard \($0.body)") }) { bench in
            let askedFor = Mailbox<Void>()
            let upload = try await bench.open("POST", "/build", streaming: framing) { sink in
                sink.whenAskedForBody = { askedFor.put(()) }
            }
            try await askedFor.next()
            try await upload.onLoop { _, exchange in exchange?.writeBody(ByteBuffer(string: "hello ")) }
            try await upload.onLoop { _, exchange in
                exchange?.writeBody(ByteBuffer(string: "world"))
                exchange?.endBody()
            }
            #expect(try await upload.recorded().body == "heard hello world")
            #expect(try await bench.send("GET", "/info").body == "heard ")
            #expect(bench.engine.requests.map(\.connection) == [0, 0], "all of it was sent, so the connection is free")
        }
    }

    @Test func nobodyIsAskedForABodyThatIsThere() async throws {
        try await EngineBench.run(answer: { $1.respond(200, $0.body) }) { bench in
            let askedFor = Mutex(0)
            let exchange = try await bench.open("POST", "/x", body: "{}") { sink in
                sink.whenAskedForBody = { askedFor.withLock { $0 += 1 } }
            }
            #expect(try await exchange.recorded().body == "{}")
            #expect(askedFor.withLock { $0 } == 0)
        }
    }

    // MARK: Back pressure

    @Test func aSlowReaderMakesTheEngineWait() async throws {
        let total = 16 << 20
        let peers = Mailbox<FakeEnginePeer>()
        let stopped = Mailbox<Int>()
        try await EngineBench.run(
            answer: { request, peer in
                guard request.target.hasSuffix("/events") else { return peer.respond(200, "small") }
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
                peer.write(ByteBuffer(repeating: 7, count: total))
                peers.put(peer)
            },
            { bench in
                let slow = try await bench.open("GET", "/events") { sink in
                    sink.whenWritten = { sink in
                        guard sink.isWritable else { return }
                        sink.isWritable = false
                        stopped.put(sink.bytes)
                    }
                }
                _ = try await stopped.next()
                let peer = try await peers.next()
                // Other requests make the loop turn many times; the slow one takes no more meanwhile.
                for _ in 0..<20 { #expect(try await bench.send("GET", "/info").body == "small") }
                let before = try await slow.onLoop { sink, _ in sink.bytes }
                for _ in 0..<20 { _ = try await bench.send("GET", "/info") }
                #expect(try await slow.onLoop { sink, _ in sink.bytes } == before)
                #expect(before < 1 << 20)
                #expect(try await peer.unsentBytes() > 8 << 20)
                try await slow.onLoop { sink, exchange in
                    sink.isWritable = true
                    sink.whenWritten = { _ in }
                    exchange?.resume()
                }
                #expect(try await slow.recorded().errorCode == nil)
                #expect(try await slow.onLoop { sink, _ in sink.bytes } == total)
            }
        )
    }

    // MARK: Giving up

    @Test func anEngineThatDoesNotAnswerInTimeIsGivenUp() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(timeout: .minutes(5), answer: { peers.put($1) }) { bench in
            let exchange = try await bench.open("GET", "/info")
            let peer = try await peers.next()
            try await bench.pass(.minutes(4))
            #expect(try await exchange.onLoop { sink, _ in sink.recorded.errorCode } == nil)
            try await bench.pass(.minutes(1))
            let answer = try await exchange.recorded()
            #expect(answer.errorCode == .timedOut)
            #expect(answer.errorDetail == "the engine did not answer in time")
            try await peer.closed()
        }
    }

    private static let beginning = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"

    @Test func aPlainAnswerMustBeCompleteInTime() async throws {
        let begun = Mailbox<Void>()
        try await EngineBench.run(timeout: .minutes(5), answer: { $1.write(Self.beginning) }) { bench in
            let exchange = try await bench.open("GET", "/info") { $0.whenWritten = { _ in begun.put(()) } }
            try await begun.next()
            try await bench.pass(.minutes(6))
            #expect(try await exchange.recorded().errorCode == .timedOut)
        }
    }

    /// That there is memory at the last moment does not make it the engine's fault.
    @Test(arguments: [false, true])
    func anAnswerThatHadToWaitIsNotSaidToBeTheEnginesFault(hasRoomInTheEnd: Bool) async throws {
        let begun = Mailbox<Void>()
        try await EngineBench.run(timeout: .minutes(5), answer: { $1.write(Self.beginning) }) { bench in
            let exchange = try await bench.open("GET", "/info") { sink in
                sink.whenWritten = {
                    $0.isWritable = false
                    begun.put(())
                }
            }
            try await begun.next()
            try await bench.pass(.seconds(290))
            try await bench.pass(.seconds(10)) {
                guard hasRoomInTheEnd else { return }
                exchange.sink.value.isWritable = true
                exchange.exchange.value?.resume()
            }
            #expect(try await exchange.recorded().errorCode == .outOfMemory)
        }
    }

    @Test func aStreamThatHasBegunMayTakeAsLongAsItLikes() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let begun = Mailbox<Void>()
        try await EngineBench.run(
            timeout: .minutes(5),
            answer: { _, peer in
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
                peers.put(peer)
            },
            { bench in
                let stream = try await bench.open("GET", "/events") { $0.whenWritten = { _ in begun.put(()) } }
                try await begun.next()
                try await bench.pass(.hours(1))
                try await peers.next().write("def")
                let answer = try await stream.recorded()
                #expect(answer.body == "abcdef")
                #expect(answer.errorCode == nil)
            }
        )
    }

    @Test func cancellingClosesTheEnginesConnectionAndSaysNothing() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let begun = Mailbox<Void>()
        try await EngineBench.run(
            answer: { _, peer in
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
                peers.put(peer)
            },
            { bench in
                let stream = try await bench.open("GET", "/events") { $0.whenWritten = { _ in begun.put(()) } }
                try await begun.next()
                try await stream.onLoop { _, exchange in
                    exchange?.cancel()
                    exchange?.cancel()
                }
                try await peers.next().closed()
                let heard = try await stream.onLoop { sink, _ in sink.recorded }
                #expect(heard.body == "abc")
                #expect(heard.errorCode == nil)
            }
        )
    }

    @Test func cancellingAtOnceLeavesTheClientUsable() async throws {
        try await EngineBench.run(answer: { $1.respond(200, "ok") }) { bench in
            let dispatcher = bench.dispatcher
            let heard = try await bench.eventLoop.submit {
                let sink = RecordingSink(eventLoop: dispatcher.eventLoop)
                dispatcher.value.dispatch(BridgeRequest(method: "POST", target: "/x", asker: .agent), to: sink)?
                    .cancel()
                return NIOLoopBound(sink, eventLoop: dispatcher.eventLoop)
            }.get()
            #expect(try await bench.send("GET", "/info").body == "ok")
            #expect(try await bench.eventLoop.submit { heard.value.recorded.status }.get() == nil)
        }
    }

    @Test func aConnectionThatCameTooLateForItsRequestServesTheNext() async throws {
        try await EngineBench.run(answer: { $1.respond(200, "\($0.target)") }) { bench in
            let eventLoop = bench.eventLoop
            let address = EngineAddress(.unix(path: bench.engine.socketPath))
            let (dials, answer) = try await eventLoop.flatSubmit {
                do {
                    let dialer = try EngineDialer(address: address, eventLoop: eventLoop)
                    let gate = eventLoop.makePromise(of: Void.self)
                    var dials: [EventLoopFuture<any Channel>] = []
                    let client = EngineClient(eventLoop: eventLoop) { prepare in
                        let opened = gate.futureResult.assumeIsolated()
                        dials.append(opened.flatMap { dialer.connect(prepare) }.nonisolated())
                        return dials[dials.count - 1]
                    }
                    func open(_ target: String) -> (sink: RecordingSink, exchange: EngineExchange) {
                        let sink = RecordingSink(eventLoop: eventLoop)
                        let request = BridgeRequest(method: "GET", target: target, asker: .agent)
                        return (sink, client.open(request, form: .plain, timeout: nil, sink: sink))
                    }
                    open("/late").exchange.cancel()
                    gate.succeed()
                    return dials[0].assumeIsolated().flatMap { _ in
                        let next = open("/next").sink.end.futureResult.assumeIsolated()
                        return next.map { (dials.count, $0) }.always { _ in client.shutDown() }.nonisolated()
                    }.nonisolated()
                } catch {
                    return eventLoop.makeFailedFuture(error)
                }
            }.get()
            #expect(answer.body == "/v1.44/next")
            #expect(dials == 1)
        }
    }

    private struct Trace {
        weak var exchange: EngineExchange?
    }

    @Test(arguments: [false, true])
    func whatIsOverIsForgotten(isCancelled: Bool) async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(answer: { peers.put($1) }) { bench in
            let dispatcher = bench.dispatcher
            let trace = try await bench.eventLoop.submit {
                NIOLoopBoundBox(Trace(), eventLoop: dispatcher.eventLoop)
            }.get()
            let end = try await bench.eventLoop.submit {
                let sink = RecordingSink(eventLoop: dispatcher.eventLoop)
                trace.value.exchange = dispatcher.value.dispatch(
                    BridgeRequest(method: "GET", target: "/x", asker: .agent),
                    to: sink
                )
                return sink.end.futureResult
            }.get()
            let peer = try await peers.next()
            if isCancelled {
                try await bench.eventLoop.submit { trace.value.exchange?.cancel() }.get()
                try await peer.closed()
            } else {
                peer.respond(200, "ok")
                #expect(try await end.get().body == "ok")
            }
            #expect(try await bench.eventLoop.submit { trace.value.exchange == nil }.get())
        }
    }

    // MARK: Own calls

    @Test func aCollectedAnswerIsWhole() async throws {
        try await EngineBench.run(answer: { $1.respond(404, String(repeating: "x", count: 100_000)) }) { bench in
            let response = try await Self.collect(bench, limit: 100_000).get()
            #expect(response.status == 404)
            #expect(!response.isSuccess)
            #expect(response.body.readableBytes == 100_000)
        }
    }

    @Test func aCollectedAnswerHasItsLimit() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(
            answer: { _, peer in
                peer.respond(200, String(repeating: "x", count: 100_001))
                peers.put(peer)
            },
            { bench in
                let result = try await Self.collect(bench, limit: 100_000)
                #expect(throws: BridgeError.self) { try result.get() }
                if case .failure(let error) = result { #expect(error.code == .tooLarge) }
                try await peers.next().closed()
            }
        )
    }

    private static func collect(
        _ bench: EngineBench,
        limit: Int
    ) async throws -> Result<CollectedResponse, BridgeError> {
        let results = Mailbox<Result<CollectedResponse, BridgeError>>()
        let dispatcher = bench.dispatcher
        bench.eventLoop.execute {
            dispatcher.value.collect(BridgeRequest(method: "GET", target: "/x", asker: .agent), limit: limit) {
                results.put($0)
            }
        }
        return try await results.next()
    }

    @Test func theEnginesVersionIsAskedForAndUsed() async throws {
        try await EngineBench.run(
            answer: { request, peer in
                peer.respond(200, request.target == "/version" ? #"{"Version":"27.0.3","ApiVersion":"1.46"}"# : "ok")
            },
            { bench in
                let api = EngineAPI(dispatcher: bench.dispatcher)
                let version = await api.refreshVersion()
                #expect(version?.version == "27.0.3")
                #expect(version?.apiVersion == "1.46")
                _ = try await bench.send("GET", "/info")
                #expect(bench.engine.requests.map(\.target) == ["/version", "/v1.46/info"])
            }
        )
    }

    @Test(arguments: ["", "{}", "nonsense", #"{"Version":7}"#])
    func anAnswerWithoutAVersionLeavesTheFallback(body: String) async throws {
        try await EngineBench.run(answer: { $1.respond(200, body) }) { bench in
            #expect(await EngineAPI(dispatcher: bench.dispatcher).refreshVersion() == nil)
            _ = try await bench.send("GET", "/info")
            #expect(bench.engine.requests.last?.target == "/v1.44/info")
        }
    }

    // MARK: Unreachable

    @Test func aMissingSocketIsExplained() async throws {
        try await EngineBench.run(answer: { $1.respond() }) { bench in
            let path = bench.engine.socketPath + "-missing"
            let answer = try await Self.send(to: path, on: bench.eventLoop)
            #expect(answer.errorCode == .engineUnreachable)
            #expect(
                answer.errorDetail
                    == "the Docker engine cannot be reached: its socket does not exist; is Docker running, and is "
                    + "the path right?"
            )
        }
    }

    @Test func aSocketWithoutAListenerIsExplained() async throws {
        try await EngineBench.run(answer: { $1.respond() }) { bench in
            let path = bench.engine.socketPath + "-dead"
            try DeadSocket.make(at: path)
            let answer = try await Self.send(to: path, on: bench.eventLoop)
            #expect(answer.errorCode == .engineUnreachable)
            #expect(
                answer.errorDetail
                    == "the Docker engine cannot be reached: nobody listens on its socket; is Docker running? If it was started "
                    + "anew, and the socket's file alone is mounted into the agent's container, mount the folder of the socket "
                    + "instead and make the container anew"
            )
            #expect(answer.errorDetail?.contains(path) == false, "no path of this host travels to the controller")
        }
    }

    @Test func anAgentWithoutDescriptorsDoesNotBlameTheEngine() {
        let error = EngineClient.unreachable(cause: IOError(errnoCode: EMFILE, reason: "socket"))
        #expect(error.code == .engineUnreachable)
        #expect(error.detail.contains("no file descriptor left"))
        #expect(!error.detail.contains("is Docker running"))
    }

    private static func send(to path: String, on eventLoop: any EventLoop) async throws -> Recorded {
        try await eventLoop.flatSubmit {
            do {
                let client = try EngineClient(
                    address: EngineAddress(.unix(path: path)),
                    eventLoop: eventLoop
                )
                let sink = RecordingSink(eventLoop: eventLoop)
                _ = RequestDispatcher(client: client).dispatch(
                    BridgeRequest(method: "GET", target: "/info", asker: .agent),
                    to: sink
                )
                let bound = NIOLoopBound(client, eventLoop: eventLoop)
                return sink.end.futureResult.always { _ in bound.value.shutDown() }
            } catch {
                return eventLoop.makeFailedFuture(error)
            }
        }.get()
    }
}
