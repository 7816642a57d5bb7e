import Logging
import NIOCore
import Support
import Testing

@testable import DockerBridge

/// An engine of API 1.53, which takes nothing below 1.44 and leaves out what earlier ones said twice.
@Suite(.timeLimit(.minutes(1))) struct NewestEngineTests {
    private static let container = "0a1b2c"

    private static let list = """
        [{"Id":"\(container)","Names":["/web"],"Image":"web:1","ImageID":"sha256:i1","State":"running","Status":"Up 2 minutes",\
        "Health":{"Status":"healthy","FailingStreak":0},"NetworkSettings":{"Networks":{"front":{"IPAddress":"10.0.0.2"}}},\
        "ImageManifestDescriptor":{"digest":"sha256:d1"}}]
        """

    /// Without the addresses beside the networks, and without `GraphDriver`.
    private static let document = """
        {"Id":"\(container)","Name":"/web","Image":"sha256:i1","Created":"2026-11-01T08:00:00Z","Platform":"linux",\
        "State":{"Status":"running","Running":true,"StartedAt":"2026-11-01T08:00:01Z","Health":{"Status":"healthy"}},\
        "Config":{"Image":"web:1","Cmd":["serve"],"Labels":{"a":"b"},"Env":["A=1"]},"HostConfig":{},"Storage":{"RootFS":{}},\
        "NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}]},\
        "Networks":{"front":{"IPAddress":"10.0.0.2","Gateway":"10.0.0.1"}}},"Mounts":[]}
        """

    /// - Parameter events: gets the connection on which the engine tells of events.
    private static func engine(
        events: Mailbox<FakeEnginePeer> = Mailbox(),
        terminals: Mailbox<FakeEnginePeer> = Mailbox()
    ) -> FakeEngine.Answer {
        { request, peer in
            var path = request.target.prefix { $0 != "?" }
            if path.hasPrefix("/v1.") {
                let version = path.dropFirst(2).prefix { $0 != "/" }
                path = path.dropFirst(2 + version.count)
                let minor = version.split(separator: ".").last.flatMap { Int($0) } ?? 0
                guard minor >= 44 else {
                    let message = "client version \(version) is too old. Minimum supported API version is 1.44"
                    return peer.respond(400, #"{"message":"\#(message)"}"#)
                }
                guard minor <= 53 else {
                    let message = "client version \(version) is too new. Maximum supported API version is 1.53"
                    return peer.respond(400, #"{"message":"\#(message)"}"#)
                }
            }
            switch (request.method, path) {
            case ("GET", "/version"):
                peer.respond(
                    200,
                    #"{"Version":"29.2.0","ApiVersion":"1.53","MinAPIVersion":"1.44","Os":"linux","Arch":"amd64"}"#
                )
            case ("GET", "/containers/json"): peer.respond(200, Self.list)
            case ("GET", "/containers/\(Self.container)/json"): peer.respond(200, Self.document)
            case ("GET", "/events"):
                let head =
                    "HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 08:00:00 GMT\r\nContent-Type: application/x-ndjson\r\n"
                peer.write(head + "Transfer-Encoding: chunked\r\n\r\n")
                events.put(peer)
            case ("POST", "/containers/web/exec"): peer.respond(201, #"{"Id":"x1"}"#)
            case ("POST", "/exec/x1/start"): terminals.upgrade(peer)
            case ("GET", "/exec/x1/json"): peer.respond(200, #"{"ExitCode":0}"#)
            default: peer.respond(404, #"{"message":"page not found"}"#)
            }
        }
    }

    @Test func beforeItIsKnownItIsAskedUnderAVersionThatItTakesAndThenUnderItsOwn() async throws {
        try await EngineBench.run(answer: Self.engine()) { bench in
            let first = try await bench.send("GET", "/containers/json")
            #expect(first.status == 200)
            let engine = EngineAPI(dispatcher: bench.dispatcher)
            #expect(await engine.refreshVersion()?.version == "29.2.0")
            let second = try await bench.send("GET", "/containers/json")
            #expect(second.status == 200)
            #expect(
                bench.engine.requests.map(\.target)
                    == ["/v1.44/containers/json", "/version", "/v1.53/containers/json"]
            )
        }
    }

    /// A client's own version is not the agent's to change: what the engine says to it is passed on.
    @Test func aClientThatIsTooOldIsToldSoByTheEngine() async throws {
        try await EngineBench.run(answer: Self.engine()) { bench in
            let request = BridgeRequest(method: "GET", target: "/v1.41/containers/json", asker: .agent)
            let answer = try await bench.send(request, proxied: true)
            #expect(answer.status == 400)
            #expect(answer.body.contains("Minimum supported API version is 1.44"))
        }
    }

    @Test func itsContainersAndWhatHappensToThemAreRead() async throws {
        let events = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(answer: Self.engine(events: events)) { bench in
            let (dispatcher, changes) = (bench.dispatcher, Mailbox<Void>())
            let service = try await bench.eventLoop.submit {
                let service = InventoryService(
                    dispatcher: dispatcher.value,
                    pollInterval: .hours(1),
                    logger: EngineBench.logger
                )
                _ = service.store.value.follow { changes.put(()) }
                return service
            }.get()
            let running = Task { await service.run() }
            func record() async throws -> ContainerRecord? {
                try await service.store.eventLoop.submit { service.store.value.inventory.records.first }.get()
            }
            let stream = try await events.next()
            while try await record() == nil { try await changes.next() }
            let found = try #require(try await record())
            #expect(found.name == "web")
            #expect(found.health == .healthy)
            #expect(found.extras.networks.map(\.name) == ["front"])
            #expect(found.details.ports == ["0.0.0.0:8080->80/tcp"])
            // Without `status`, `id` and `from`.
            let event =
                #"{"Type":"container","Action":"restart","Actor":{"ID":"\#(Self.container)","Attributes":{"name":"web"}},"#
                + #""scope":"local","time":1795766400,"timeNano":1795766400000000001}"#
            let before = bench.engine.requests.count
            stream.write(String(event.utf8.count + 1, radix: 16) + "\r\n\(event)\n\r\n")
            try await until { bench.engine.requests.dropFirst(before).contains { $0.target.hasSuffix("/json") } }
            running.cancel()
            await running.value
        }
    }

    @Test func anExecRunsInIt() async throws {
        let terminals = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(answer: Self.engine(terminals: terminals)) { bench in
            _ = await EngineAPI(dispatcher: bench.dispatcher).refreshVersion()
            let spec = ExecSpec(containerID: "web", command: ["sh"], isTTY: true)
            let exec = try await ExecProbe.start(spec, on: bench)
            #expect(try await exec.events.next() == "ready")
            let peer = try await terminals.next()
            peer.write("hello")
            #expect(try await exec.events.next() == "output hello")
            peer.close()
            #expect(try await exec.events.next() == "end exited 0")
        }
    }
}
