import NIOCore
import Policy
import Support
import Testing

@testable import DockerBridge

/// Ways in which a controller may reach for what a policy denies. None of them reaches the engine.
@Suite(.timeLimit(.minutes(5))) struct PolicyEscapeTests {
    // MARK: Spellings

    /// One request of each line of the table of routes.
    private static let requests: [(method: String, target: String)] = EngineRouteTable.entries.map { entry in
        var path = "\(entry.pattern)".replacing("*", with: "db")
        if path.hasSuffix(":") { path = path.dropLast() + "x" }
        if entry.interface == .libpod { path = "/libpod" + path }
        return (method: "\(entry.method)".uppercased(), target: path)
    }

    /// The same path as an engine may read it, and paths that lead to it where dots are followed, nothing is decoded, or
    /// something is cut off.
    private static func spellings(_ target: String) -> [String] {
        let segments = target.split(separator: "/")
        func each(_ spell: (Substring) -> String) -> String { segments.map { "/" + spell($0) }.joined() }
        func escaped(_ bytes: some Sequence<UInt8>) -> String { bytes.map { "%" + String($0, radix: 16) }.joined() }
        return [
            "/v1.23\(target)", "/v1.24\(target)", "/v1.53\(target)", "/v99.9\(target)", "/v\(target)", "/v1.\(target)",
            "/libpod\(target)", "/v5.0.0/libpod\(target)", "/v1.44/v1.44\(target)",
            each { escaped($0.utf8.prefix(1)) + $0.dropFirst() }, each { escaped($0.utf8) },
            each { escaped(escaped($0.utf8.prefix(1)).utf8) + $0.dropFirst() },
            "/\(segments.joined(separator: "//"))", "/\(segments.joined(separator: "%2F"))",
            "/%2f\(segments.joined(separator: "/"))",
            "\(target)/", "\(target)//", "\(target)%2F", "\(target)/.", "\(target)/x/..", "/.\(target)",
            "/x/..\(target)",
            "/x/%2e%2e\(target)", "/v1.44/../v1.44\(target)", "/_ping/..\(target)", "/containers/json/../..\(target)",
            "\(target)?", "\(target)?/_ping", "\(target)?fromImage=x", "\(target)?fromSrc=-", "\(target)?all=1&json",
            "\(target)%3F", "\(target);a=b", "\(target)%00", "\(target)%0a", "\(target)%20", "\(target)%",
            target.uppercased(), "http://docker\(target)", "//docker\(target)", "\\\(target)",
        ]
    }

    private static let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get", "post", "TRACE"]

    /// What a spelling may be read as: the operation of the path, that of another method at the same path, or nothing known.
    @Test func aSpellingIsNeverAnotherOperation() {
        for (method, target) in Self.requests {
            let plain = EngineRoute(method: method, target: target).operation
            var possible: Set = [plain, .unknown]
            // The query decides between these two.
            if plain == .imagesImport { possible.insert(.imagesPull) }
            for spelling in Self.spellings(target) {
                let route = EngineRoute(method: method, target: spelling)
                #expect(possible.contains(route.operation), "\(method) \(spelling)")
            }
        }
    }

    /// The engine's readers know methods in capitals; what reads something must not be a way to change it.
    @Test func anotherMethodIsNeverAChangeThatLooksLikeReading() {
        let look = HostPolicy([.look], setting: "POLICY=look")
        for (_, target) in Self.requests {
            for method in Self.methods {
                let route = EngineRoute(method: method, target: target)
                guard look.allowed.contains(route.operation) else { continue }
                // What engines change nothing for, although they are asked with a POST.
                let asks = [.containersWait, .systemAuth].contains(route.operation) && method == "POST"
                #expect(asks || method == "GET" || method == "HEAD", "\(method) \(target)")
            }
        }
    }

    /// Every line of the table in every spelling, frame and connection alike.
    @Test(arguments: ["look", "operate+exec", "update", "files"]) func whatAPresetLeavesOutDoesNotReachTheEngine(
        name: String
    ) async throws {
        let presets = try Preset.list(name)
        let keeper = PolicyKeeper(HostPolicy(presets, setting: "POLICY=\(name)"), mode: .enforce, host: "h")
        try await EngineBench.run(policy: keeper, answer: { $1.respond(200, "{}") }) { bench in
            for (method, target) in Self.requests {
                let operation = EngineRoute(method: method, target: target).operation
                guard !keeper.policy.allowed.contains(operation) else { continue }
                // The query makes a pull of it, which may be allowed.
                let spellings = Self.spellings(target).filter {
                    !(operation == .imagesImport && $0.contains("fromImage"))
                }
                try await Self.send(method, [target] + spellings, to: bench)
            }
            #expect(bench.engine.requests.map { "\($0.method) \($0.target)" } == [])
        }
    }

    private static func send(_ method: String, _ targets: [String], to bench: EngineBench) async throws {
        let dispatcher = bench.dispatcher
        let answers = try await bench.eventLoop.submit {
            targets.flatMap { target in
                (0..<3).map { way in
                    let sink = RecordingSink(eventLoop: dispatcher.eventLoop)
                    let request = BridgeRequest(method: method, target: target, asker: .controller)
                    _ =
                        switch way {
                        case 0: dispatcher.value.dispatch(request, to: sink)
                        case 1: dispatcher.value.proxy(request, upgrade: "tcp", sink: sink)
                        default: dispatcher.value.upgrade(request, to: "tcp", sink: sink)
                        }
                    return sink.end.futureResult
                }
            }
        }.get()
        for answer in answers {
            let answer = try await answer.get()
            #expect(answer.status == 403 || answer.errorCode == .badRequest, "\(method) \(targets[0])")
        }
    }

    // MARK: References

    private static let webID = String(repeating: "a", count: 64)
    private static let dbID = "b" + String(repeating: "0", count: 63)
    /// In `db`, as the user that the rules allow in `web-1`.
    private static let execOfDB = String(repeating: "e", count: 64)

    /// An engine with `web-1`, `db`, and a container whose name is the beginning of the id of `db`.
    private static func answer(_ request: FakeEngine.Request, _ peer: FakeEnginePeer) {
        func container(_ id: String, _ name: String, _ image: String) {
            let config = #""Config":{"Labels":{"team":"\#(name)"},"Image":"\#(image)","User":"app"}"#
            peer.respond(200, #"{"Id":"\#(id)","Name":"/\#(name)",\#(config)}"#)
        }
        switch request.target {
        case "/containers/web-1/json", "/containers/\(self.webID)/json":
            container(self.webID, "web-1", "registry.example/shop:1")
        case "/containers/db/json", "/containers/\(self.dbID)/json", "/containers/b00/json":
            container(self.dbID, "db", "postgres:17")
        case "/containers/b000/json": container(String(repeating: "c", count: 64), "b000", "postgres:17")
        case "/exec/\(self.execOfDB)/json":
            let process = #""ProcessConfig":{"user":"app","privileged":false}"#
            peer.respond(200, #"{"ContainerID":"\#(self.dbID)",\#(process)}"#)
        case "/images/cafe/json": peer.respond(200, #"{"RepoTags":["postgres:17","registry.example/shop:1"]}"#)
        case _ where request.target.hasSuffix("/json"): peer.respond(404, #"{"message":"not here"}"#)
        default: peer.respond(200, "{}")
        }
    }

    private static let rules = """
        allow containers.* container=web-*
        allow exec.* container=web-* user=app privileged=no
        allow networks.connect container=web-*
        allow images.* image=registry.example/*
        """

    /// What is tried, and where it stands in the way of a rule.
    private static let attempts: [(method: String, target: String, body: String?)] = [
        // By name, id, beginning of an id, a name that is the beginning of another one's id, and spellings of each.
        ("POST", "/containers/db/stop", nil), ("POST", "/containers/\(dbID)/stop", nil),
        ("POST", "/containers/b00/stop", nil),
        ("POST", "/containers/b000/stop", nil), ("POST", "/containers/%2Fdb/stop", nil),
        ("POST", "/containers/%64%62/stop", nil),
        ("POST", "/containers/web-1%2F..%2Fdb/stop", nil), ("POST", "/containers/web-1/../db/stop", nil),
        ("POST", "/containers/db%3Fweb-1/stop", nil), ("POST", "/containers/db%20/stop", nil),
        ("POST", "/containers//db/stop", nil),
        ("POST", "/containers/db%00/stop", nil), ("POST", "/containers/web-1/db/stop", nil),
        ("POST", "/containers/web-*/stop", nil),
        ("POST", "/containers/DB/stop", nil), ("POST", "/containers/web%2D/stop", nil),
        ("POST", "/containers/~db/stop", nil),
        ("POST", "/v1.24/containers/db/stop", nil), ("POST", "/libpod/containers/db/stop", nil),
        ("POST", "/v5.0.0/libpod/containers/\(dbID)/stop", nil), ("DELETE", "/containers/db?force=1", nil),
        ("DELETE", "/libpod/containers/db?force=true", nil), ("DELETE", "/containers/db/checkpoints/x", nil),
        ("DELETE", "/libpod/containers/web-1?depend=true", nil),
        // Everything else that is done to a container.
        ("GET", "/containers/db/json", nil), ("HEAD", "/containers/db/archive?path=/etc", nil),
        ("GET", "/containers/db/export", nil), ("PUT", "/containers/db/archive?path=/", nil),
        ("GET", "/containers/db/logs", nil),
        ("GET", "/containers/db/attach/ws", nil), ("POST", "/containers/db/attach?stream=1", nil),
        ("POST", "/containers/db/update", #"{"Memory":1}"#), ("GET", "/containers/db/top?ps_args=aux", nil),
        ("POST", "/commit?container=db", "{}"), ("POST", "/commit?container=web-1&container=db", "{}"),
        ("POST", "/containers/prune", nil), ("POST", "/libpod/containers/db/checkpoint", nil),
        ("POST", "/libpod/containers/db/mount", nil), ("POST", "/libpod/containers/db/init", nil),
        ("GET", "/libpod/containers/stats?containers=db", nil), ("POST", "/libpod/pods/web-1/stop", nil),
        // A new name that a rule speaks of.
        ("POST", "/containers/db/rename?name=web-9", nil),
        ("POST", "/containers/web-1/rename?name=web-2&name=web-3", nil),
        ("POST", "/containers/web-1/rename?name=web-2;name=x", nil),
        ("POST", "/containers/web-1/rename?Name=web-2", nil),
        // Settings in a start, which old engines take, and a container under another name than its request says twice.
        ("POST", "/containers/db/start", #"{"Binds":["/:/host"]}"#),
        ("POST", "/containers/create?name=db", #"{"Image":"x"}"#),
        ("POST", "/containers/create?name=web-2&name=db", #"{"Image":"x"}"#),
        ("POST", "/containers/create?n%61me=web-2&name=db", #"{"Image":"x"}"#),
        ("POST", "/containers/create", #"{"Image":"x"}"#),
        ("POST", "/containers/create?name=web-2", #"{"Image":"x","image":"y"}"#),
        ("POST", "/containers/create?name=web-2", "["),
        ("POST", "/libpod/containers/create?name=web-2", #"{"image":"x","name":"db"}"#),
        ("POST", "/libpod/containers/create", #"{"name":"web-2","Name":"db"}"#), ("POST", "/libpod/play/kube", "{}"),
        // Execs: of another container, of another user, privileged, and made before.
        ("POST", "/containers/db/exec", #"{"User":"app"}"#), ("POST", "/containers/web-1/exec", #"{"User":"root"}"#),
        ("POST", "/containers/web-1/exec", #"{"User":"app","Privileged":true}"#),
        ("POST", "/containers/web-1/exec", #"{"User":"app","Privileged":false,"privileged":true}"#),
        ("POST", "/containers/web-1/exec", #"{"User":"app","U\u0073er":"root"}"#),
        ("POST", "/containers/web-1/exec", #"{"User":"app","u\u017fer":"root"}"#),
        ("POST", "/containers/web-1/exec", #"{"User":"app","Privileged":"true"}"#),
        ("POST", "/containers/web-1/exec", #"{"User":"app"}{"User":"root"}"#),
        ("POST", "/containers/web-1/exec", #"{"User":0}"#),
        ("POST", "/libpod/containers/web-1/exec", #"{"User":"root"}"#), ("POST", "/exec/\(execOfDB)/start", "{}"),
        ("POST", "/libpod/exec/\(execOfDB)/start", "{}"), ("POST", "/exec/\(execOfDB)/resize?h=1&w=1", nil),
        ("GET", "/exec/\(execOfDB)/json", nil), ("POST", "/exec/..%2Fcontainers%2Fdb/start", "{}"),
        ("POST", "/exec/none/start", "{}"),
        // A container in the body.
        ("POST", "/networks/n/connect", #"{"Container":"db"}"#),
        ("POST", "/networks/n/connect", #"{"Container":"web-1","container":"db"}"#),
        ("POST", "/networks/n/connect", #"{"Container":["db"]}"#), ("POST", "/networks/n/connect", "{}"),
        ("POST", "/networks/web-1/connect", #"{"Container":"db"}"#),
        ("POST", "/networks/n/disconnect", #"{"Container":"web-1"}"#),
        // Images: from elsewhere, all at once, by an id that has another name, too, and a tag that a rule speaks of.
        ("POST", "/images/create?fromImage=evil.example/shop&tag=1", nil),
        ("POST", "/images/create?fromImage=registry.example/shop", nil),
        ("POST", "/images/create?fromImage=registry.example/shop&tag=1&fromImage=evil.example/shop", nil),
        ("POST", "/images/create?fromImage=registry.example/shop;fromImage=evil.example/shop&tag=1", nil),
        ("POST", "/images/create?from%49mage=evil.example/shop&fromImage=registry.example/shop&tag=1", nil),
        ("POST", "/images/create?fromSrc=http://evil.example/a.tar", nil),
        ("POST", "/images/create?fromSrc=-&repo=evil.example/shop", nil), ("POST", "/images/load", nil),
        ("DELETE", "/images/cafe", nil),
        ("DELETE", "/images/postgres:17", nil),
        ("POST", "/images/postgres:17/tag?repo=registry.example/shop&tag=2", nil),
        ("POST", "/images/registry.example/shop:1/push?destination=evil.example/x&tag=1", nil),
        ("GET", "/images/get?names=postgres", nil),
        ("GET", "/images/get?names=registry.example/shop&names=postgres", nil), ("POST", "/images/prune", nil),
        ("POST", "/libpod/images/pull?reference=evil.example/shop:1", nil),
        ("POST", "/libpod/images/import?reference=evil.example/x", nil),
        ("DELETE", "/libpod/images/remove?images=postgres", nil), ("POST", "/build?t=registry.example/shop", nil),
        // Other ways to a container.
        ("POST", "/swarm/init", "{}"), ("POST", "/services/create", "{}"), ("POST", "/plugins/pull?remote=x", "[]"),
        ("POST", "/session", nil), ("POST", "/grpc", nil), ("PRI", "/", nil), ("CONNECT", "/containers/db/stop", nil),
        ("GET", "/volumes/data", nil), ("GET", "/libpod/volumes/data/export", nil), ("GET", "/debug/vars", nil),
    ]

    @Test(arguments: attempts.indices) func noAttemptReachesTheEngine(index: Int) async throws {
        let (method, target, body) = Self.attempts[index]
        let policy = HostPolicy(try PolicyReader.read(Array(Self.rules.utf8)), from: .file("/p"))
        let keeper = PolicyKeeper(policy, mode: .enforce, host: "h")
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            for proxied in [false, true] {
                let body = body.map { ByteBuffer(string: $0) }
                let request = BridgeRequest(method: method, target: target, asker: .controller, body: body)
                let answer = try await bench.send(request, proxied: proxied)
                #expect(
                    answer.status == 403 || answer.errorCode == .badRequest,
                    "\(method) \(target): \(answer.status)"
                )
            }
            // Nothing but questions about facts.
            let acts = bench.engine.requests.filter { $0.method != "GET" || !$0.target.hasSuffix("/json") }
            #expect(acts.map { "\($0.method) \($0.target)" } == [], "\(method) \(target)")
        }
    }

    /// The same rules let through what they speak of: a table of refusals alone would pass with a policy that refuses all.
    @Test(
        arguments: [
            ("POST", "/containers/web-1/stop", nil), ("POST", "/libpod/containers/\(webID)/stop", nil),
            ("POST", "/containers/web-1/rename?name=web-2", nil),
            ("POST", "/containers/create?name=web-2", #"{"Image":"x"}"#),
            ("POST", "/containers/web-1/exec", #"{"User":"app"}"#),
            ("POST", "/networks/n/connect", #"{"Container":"web-1"}"#),
            ("POST", "/images/create?fromImage=registry.example/shop&tag=1", nil),
            ("GET", "/containers/web-1/archive?path=/", nil),
        ] as [(String, String, String?)]
    )
    func whatTheRulesSpeakOfReachesTheEngine(method: String, target: String, body: String?) async throws {
        let policy = HostPolicy(try PolicyReader.read(Array(Self.rules.utf8)), from: .file("/p"))
        let keeper = PolicyKeeper(policy, mode: .enforce, host: "h")
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            let body = body.map { ByteBuffer(string: $0) }
            let request = BridgeRequest(method: method, target: target, asker: .controller, body: body)
            let answer = try await bench.send(request, proxied: true)
            #expect(answer.status == 200)
        }
    }
}
