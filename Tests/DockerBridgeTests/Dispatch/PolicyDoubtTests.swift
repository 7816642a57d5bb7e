import NIOCore
import Policy
import Support
import Testing

@testable import DockerBridge

/// What an engine may take for two operations must be allowed as both.
@Suite(.timeLimit(.minutes(3))) struct PolicyDoubtTests {
    private static func keeper(_ rules: String, mode: PolicyMode = .enforce) throws -> PolicyKeeper {
        let policy = HostPolicy(try PolicyReader.read(Array(rules.utf8)), from: .file("/p"))
        return PolicyKeeper(policy, mode: mode, host: "station-3")
    }

    /// A way to make what is denied look like nothing that is known.
    enum Doubt: String, CaseIterable {
        case upgrade, form, semicolon, escape, slash
    }

    private static func request(_ method: String, _ target: String, _ doubt: Doubt) -> BridgeRequest {
        let target =
            switch doubt {
            case .semicolon: target + (target.contains("?") ? "&" : "?") + "x;y"
            case .escape: "/%" + String(target.utf8.dropFirst().first ?? 0, radix: 16) + target.dropFirst(2)
            case .slash: target.replacing("?", with: "/?", maxReplacements: 1) + (target.contains("?") ? "" : "/")
            case .upgrade, .form: target
            }
        var request = BridgeRequest(method: method, target: target, asker: .controller)
        if doubt == .form {
            request.body = ByteBuffer(string: "a=b")
            request.headers = [.init("Content-Type", "application/x-www-form-urlencoded")]
        }
        return request
    }

    /// Every line of the table, each with its own operation denied and everything else allowed.
    @Test(arguments: Doubt.allCases) func aDoubtTakesNoOperationAway(doubt: Doubt) async throws {
        let keeper = try Self.keeper("allow all")
        try await EngineBench.run(policy: keeper, answer: { $1.respond(200, "{}") }) { bench in
            for entry in EngineRouteTable.entries where entry.plainOperation != .unknown && entry.interface != .libpod {
                var target = "\(entry.pattern)".replacing("*", with: "db")
                if entry.plainOperation == .imagesPull { target += "?fromImage=nginx&tag=1" }
                let method = "\(entry.method)".uppercased()
                let rules = "deny \(entry.plainOperation.rawValue)\nallow all"
                keeper.replace(with: HostPolicy(try PolicyReader.read(Array(rules.utf8)), from: .file("/p")))
                let request = Self.request(method, target, doubt)
                let answer = try await Self.proxy(request, upgrade: doubt == .upgrade ? "x" : nil, on: bench)
                #expect(answer.status == 403 || answer.errorCode == .badRequest, "\(method) \(request.target)")
            }
            #expect(bench.engine.requests.map { "\($0.method) \($0.target)" } == [])
        }
    }

    private static func proxy(
        _ request: BridgeRequest,
        upgrade: String?,
        on bench: EngineBench
    ) async throws -> Recorded {
        let dispatcher = bench.dispatcher
        return try await bench.eventLoop.flatSubmit {
            let sink = RecordingSink(eventLoop: dispatcher.eventLoop)
            _ = dispatcher.value.proxy(request, upgrade: upgrade, sink: sink)
            return sink.end.futureResult
        }.get()
    }

    @Test(arguments: [
        // Podman compares a path with its routes before it decodes it, and one of them takes everything behind `scp/`.
        ("POST", "/v5.0.0/libpod/images/scp/a/tag/?destination=root@evil.example::", "unknown"),
        ("POST", "/libpod/images/scp/root@evil.example::shop%2Ftag", "unknown"),
        ("POST", "/libpod/images/scp/a%2Fpush", "unknown"), ("GET", "/%63ontainers/json", "unknown"),
        ("POST", "/images/create?x;y&fromImage=evil.example/a&tag=1", "images.pull images.import"),
        ("GET", "/containers/./json", "containers.inspect"), ("GET", "/containers/json/.", ""),
        ("POST", "/containers/../containers/db/stop", "containers.stop"),
        // What uses an image, a network or a volume.
        ("DELETE", "/libpod/images/nginx:1?force=true", "containers.remove"),
        ("DELETE", "/libpod/images/remove?images=a&FORCE=1", "containers.remove"),
        ("DELETE", "/libpod/networks/n?f%6frce=on", "containers.remove"),
        ("DELETE", "/v5.0.0/libpod/volumes/v?force=false&force=true", "containers.remove"),
        ("DELETE", "/libpod/volumes/v?force=false", ""), ("DELETE", "/images/nginx:1?force=true", ""),
        // How Podman's own client spells a name, and the container command a path with a version.
        ("GET", "/v5.0.0/libpod/images/quay.io%2Fteam%2Fapp%3A1/json", ""), ("GET", "/v1.44/containers/json?all=1", ""),
        ("POST", "/containers/%77eb/stop", ""),
    ])
    func whatARequestMayBeBesides(method: String, target: String, operations: String) {
        let others = EngineRoute(method: method, target: target).others.operations
        #expect(Set(others.map(\.rawValue)) == Set(operations.split(separator: " ").map(String.init)))
    }

    /// A pull of the registry that is allowed, beside what another engine makes of the query.
    @Test(arguments: [("allow update image=nginx:*\nallow all", true), ("allow update image=nginx:*", false)])
    func bothReadingsMustBeAllowed(rules: String, isAllowed: Bool) async throws {
        try await EngineBench.run(policy: try Self.keeper(rules), answer: { $1.respond(200, "{}") }) { bench in
            let target = "/images/create?fromImage=nginx&tag=1;x"
            let answer = try await bench.send(
                BridgeRequest(method: "POST", target: target, asker: .controller),
                proxied: true
            )
            #expect(answer.status == (isAllowed ? 200 : 403))
        }
    }

    /// Newer engines start the container, whatever stands in the body.
    @Test(arguments: [
        ("deny containers.start\nallow all", false), ("deny containers.create\nallow all", false),
        ("allow containers.start\nallow containers.create", true),
    ])
    func aStartWithSettingsIsAStartToo(rules: String, isAllowed: Bool) async throws {
        try await EngineBench.run(policy: try Self.keeper(rules), answer: { $1.respond(200, "{}") }) { bench in
            for (body, type) in [(#"{"Binds":[]}"#, "application/json"), ("a=b", "application/x-www-form-urlencoded")] {
                var request = BridgeRequest(method: "POST", target: "/containers/db/start", asker: .controller)
                request.body = ByteBuffer(string: body)
                request.headers = [.init("Content-Type", type)]
                let answer = try await bench.send(request, proxied: true)
                #expect(answer.status == (isAllowed && type == "application/json" ? 200 : 403), "\(body)")
            }
        }
    }

    @Test func aDoubtIsWarnedOfToo() async throws {
        let keeper = try Self.keeper("deny containers.pause\nallow containers.*", mode: .warn)
        try await EngineBench.run(policy: keeper, answer: { $1.respond(200, "{}") }) { bench in
            let request = Self.request("POST", "/containers/db/pause", .form)
            let answer = try await bench.send(request, proxied: true)
            #expect(answer.status == 200 && answer.warning?.contains("policy denies") == true)
        }
    }

    // MARK: Whom the engine is told

    private static let webID = String(repeating: "a", count: 64)

    /// Between the question and the request another container may get the name.
    @Test(
        arguments: [
            ("/commit?repo=x&container=web-1&tag=1", nil, "/commit?repo=x&container=\(webID)&tag=1", nil),
            ("/commit?cont%61iner=web-1", "{}", "/commit?container=\(webID)", "{}"),
            (
                "/networks/n/connect", #"{ "Container" : "web-1" , "EndpointConfig":{"Container":"x"}}"#,
                "/networks/n/connect", #"{ "Container" : "\#(webID)" , "EndpointConfig":{"Container":"x"}}"#
            ),
            (
                "/networks/n/disconnect", #"{"container":"web\u002d1"}"#, "/networks/n/disconnect",
                #"{"container":"\#(webID)"}"#
            ),
        ] as [(String, String?, String, String?)]
    )
    func theEngineIsToldTheIDWhereTheNameStood(
        target: String,
        body: String?,
        told: String,
        toldBody: String?
    ) async throws {
        let rules = """
            allow images.commit label=team=a
            allow networks.connect label=team=a
            allow networks.disconnect label=team=a
            """
        let config = #""Config":{"Labels":{"team":"a"},"Image":"nginx:1"}"#
        let answer = #"{"Id":"\#(Self.webID)","Name":"/web-1",\#(config)}"#
        try await EngineBench.run(policy: try Self.keeper(rules), answer: { $1.respond(200, answer) }) { bench in
            let request = BridgeRequest(
                method: "POST",
                target: target,
                asker: .controller,
                body: body.map { ByteBuffer(string: $0) }
            )
            _ = try await bench.send(request, proxied: true)
            let heard = bench.engine.requests
            #expect(heard.map(\.target) == ["/containers/web-1/json", told])
            #expect(heard.last?.body == toldBody ?? "")
        }
    }
}
