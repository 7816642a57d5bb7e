import Base
import NIOCore
import Policy
import Support
import Synchronization
import Testing

@testable import DockerBridge

/// What a policy denies never reaches the engine, by whatever reference, spelling or way it comes.
@Suite(.timeLimit(.minutes(3))) struct PolicyEnforcementTests {
    private static let webID = String(repeating: "a", count: 64)
    private static let dbID = String(repeating: "b", count: 64)
    private static let execID = String(repeating: "e", count: 64)

    /// An engine with two containers, `web-1` and `db`, and an exec in each.
    private static func answer(_ request: FakeEngine.Request, _ peer: FakeEnginePeer) {
        switch request.target.dropFirst(request.target.hasPrefix("/v1.") ? "/v1.44".count : 0) {
        case "/containers/web-1/json", "/containers/aaaa/json", "/containers/\(self.webID)/json":
            let labels = #""Labels":{"team":"a"}"#
            let config = #""Config":{\#(labels),"Image":"nginx:1.27","User":"app"}"#
            peer.respond(200, #"{"Id":"\#(self.webID)","Name":"/web-1",\#(config)}"#)
        case "/containers/db/json", "/containers/\(self.dbID)/json":
            let config = #""Config":{"Labels":null,"Image":"cafe","User":""}"#
            let image = "sha256:" + String(repeating: "c", count: 64)
            peer.respond(200, #"{"Id":"\#(self.dbID)","Name":"/db","Image":"\#(image)",\#(config)}"#)
        case "/images/sha256:\(String(repeating: "c", count: 64))/json", "/images/cafe/json":
            peer.respond(200, #"{"RepoTags":["postgres:17"]}"#)
        case "/exec/\(self.execID)/json":
            let process = #""ProcessConfig":{"user":"root","privileged":false}"#
            peer.respond(200, #"{"ContainerID":"\#(self.webID)",\#(process)}"#)
        case let path where path.hasSuffix("/json"): peer.respond(404, #"{"message":"not here"}"#)
        default: peer.respond(200, "{}")
        }
    }

    private static func keeper(
        _ rules: String,
        mode: PolicyMode = .enforce,
        observer: PolicyKeeper.Observer = .init()
    ) throws -> PolicyKeeper {
        let policy = HostPolicy(try PolicyReader.read(Array(rules.utf8)), from: .file("/p"))
        return PolicyKeeper(policy, mode: mode, host: "station-3", observer: observer)
    }

    private static func request(
        _ method: String,
        _ target: String,
        body: String? = nil,
        asker: BridgeRequest.Asker = .controller
    ) -> BridgeRequest {
        BridgeRequest(method: method, target: target, asker: asker, body: body.map { ByteBuffer(string: $0) })
    }

    /// What the engine was asked beside questions about facts.
    private static func acts(_ bench: EngineBench) -> [String] {
        bench.engine.requests.filter { !$0.target.hasSuffix("/json") || $0.method != "GET" }
            .map { "\($0.method) \($0.target)" }
    }

    private static let rules = """
        allow look
        allow containers.restart container=web-*
        allow containers.stop image=postgres:*
        allow containers.start label=team=a
        allow exec.* container=web-* user=app
        allow images.remove image=postgres:*
        """

    @Test(
        arguments: [
            ("POST", "/containers/web-1/restart", nil), ("POST", "/containers/aaaa/restart?t=3", nil),
            ("POST", "/v1.44/containers/\(webID)/restart", nil), ("POST", "/containers/db/stop", nil),
            ("POST", "/containers/web-1/start", nil), ("POST", "/containers/web-1/start", "{}"),
            ("POST", "/containers/web-1/exec", #"{"Cmd":["sh"],"User":"app"}"#),
            // The container's own user.
            ("POST", "/containers/web-1/exec", #"{"Cmd":["sh"]}"#), ("GET", "/containers/json?all=1", nil),
            ("DELETE", "/images/postgres:17", nil), ("DELETE", "/images/cafe", nil), ("GET", "/_ping", nil),
        ] as [(String, String, String?)]
    )
    func whatARuleAllowsReachesTheEngine(method: String, target: String, body: String?) async throws {
        let keeper = try Self.keeper(Self.rules)
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            let answer = try await bench.send(Self.request(method, target, body: body), proxied: false)
            #expect(answer.status == 200)
        }
    }

    @Test(
        arguments: [
            ("POST", "/containers/db/restart", nil, "containers.restart for db"),
            ("POST", "/v1.44/containers/\(dbID)/restart", nil, "containers.restart for db"),
            ("POST", "//containers/%64b/restart", nil, ""),
            ("POST", "/containers/none/restart", nil, "containers.restart for none, which"),
            ("POST", "/containers/web-1/stop", nil, "containers.stop for web-1"),
            ("POST", "/containers/web-1/start", #"{"Binds":["/:/h"]}"#, "containers.create for web-1"),
            ("POST", "/containers/db/start", nil, "containers.start for db"),
            ("POST", "/containers/web-1/exec", #"{"User":"root"}"#, "exec.create for web-1"),
            ("POST", "/containers/web-1/exec", #"{"User":"app","user":"root"}"#, "exec.create"),
            ("POST", "/containers/db/exec", #"{"User":"app"}"#, "exec.create for db"),
            ("POST", "/exec/\(execID)/start", "{}", "exec.start for web-1"),
            ("POST", "/containers/create?name=web-2", #"{"Image":"nginx"}"#, "containers.create for web-2"),
            ("DELETE", "/images/nginx", nil, "images.remove for nginx:latest"),
            ("DELETE", "/containers/web-1", nil, "containers.remove"),
            ("POST", "/images/create?fromImage=nginx&tag=1", nil, "images.pull for nginx:1"),
            ("POST", "/containers/prune", nil, "containers.prune"), ("POST", "/what/is/this", nil, "unknown"),
            ("POST", "/containers/web-1/../db/restart", nil, "containers.restart"),
        ] as [(String, String, String?, String)]
    )
    func whatNoRuleAllowsDoesNotReachTheEngine(
        method: String,
        target: String,
        body: String?,
        words: String
    ) async throws {
        let keeper = try Self.keeper(Self.rules)
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            for proxied in [false, true] {
                let answer = try await bench.send(Self.request(method, target, body: body), proxied: proxied)
                #expect(answer.status == 403 || answer.errorCode == .badRequest, "\(answer)")
                #expect(
                    answer.errorCode != nil || answer.body.contains("policy of station-3 denies \(words)"),
                    "\(answer.body)"
                )
            }
            #expect(Self.acts(bench) == [])
        }
    }

    /// Another container may have the name by the time that the engine reads it.
    @Test(arguments: [
        ("POST", "/containers/web-1/restart?t=3", "POST /v1.44/containers/\(webID)/restart?t=3"),
        ("POST", "/v1.43/containers/%77eb-1/restart", "POST /v1.43/containers/\(webID)/restart"),
        ("POST", "/libpod/containers/aaaa/restart", "POST /v1.44/libpod/containers/\(webID)/restart"),
    ])
    func theEngineIsToldTheContainerThatWasJudged(method: String, target: String, told: String) async throws {
        let keeper = try Self.keeper(Self.rules)
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            _ = try await bench.send(Self.request(method, target), proxied: false)
            #expect(Self.acts(bench) == [told])
        }
    }

    /// An engine refuses a version above its own, and the listener takes requests before the engine has told it.
    /// What the inventory knows costs no question.
    @Test func aKnownContainerIsNotAskedAbout() async throws {
        let keeper = try Self.keeper(Self.rules)
        Self.fill(keeper.directory)
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            for reference in ["web-1", Self.webID] {
                let answer = try await bench.send(
                    Self.request("POST", "/containers/\(reference)/restart"),
                    proxied: true
                )
                #expect(answer.status == 200)
            }
            let denied = try await bench.send(Self.request("POST", "/containers/db/restart"), proxied: true)
            #expect(denied.status == 403 && denied.body.contains("containers.restart for db"))
            let told = "POST /containers/\(Self.webID)/restart"
            #expect(bench.engine.requests.map { "\($0.method) \($0.target)" } == [told, told])
        }
    }

    /// The container that the directory knows by a name may be another one once names have moved.
    @Test func afterARenameTheEngineIsAskedForNames() async throws {
        let keeper = try Self.keeper("deny all container=secret\nallow all")
        Self.fill(keeper.directory)
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            for target in [
                "/containers/db/rename?name=web-7", "/containers/web-1/stop", "/containers/\(Self.webID)/stop",
            ] {
                _ = try await bench.send(Self.request("POST", target), proxied: true)
            }
            #expect(
                bench.engine.requests.map { "\($0.method) \($0.target)" } == [
                    // The directory is careful from the beginning of the rename on.
                    "GET /containers/db/json", "GET /images/sha256:\(String(repeating: "c", count: 64))/json",
                    "POST /containers/\(Self.dbID)/rename?name=web-7", "GET /containers/web-1/json",
                    "POST /containers/\(Self.webID)/stop", "POST /containers/\(Self.webID)/stop",
                ]
            )
        }
    }

    private static func fill(_ directory: ContainerDirectory) {
        directory.follows(true)
        for (id, name) in [(Self.webID, "web-1"), (Self.dbID, "db")] {
            let entry = ContainerDirectory.Entry(id: id, name: name, labels: [:], image: "nginx:1.27")
            directory.learn(id, entry, asked: directory.mark)
        }
        directory.looked(at: [Self.webID, Self.dbID], follows: true)
    }

    /// On a connection that an engine gave away for another protocol, requests would follow that nobody looks at.
    @Test(arguments: [
        ("GET", "/info", "h2c", true), ("GET", "/containers/json", "websocket", true),
        ("POST", "/containers/web-1/restart", "tcp", true),
        ("POST", "/exec/\(execID)/start", "h2c", false), ("GET", "/containers/web-1/attach/ws", "websocket", false),
    ])
    func anUpgradeOfWhatGivesNoConnectionIsUnknown(
        method: String,
        target: String,
        upgrade: String,
        isUnknown: Bool
    ) async throws {
        for (rules, isAllowed) in [("allow all", true), ("deny unknown\nallow all", !isUnknown)] {
            try await EngineBench.run(policy: try Self.keeper(rules), answer: Self.answer) { bench in
                let dispatcher = bench.dispatcher
                let answer = try await bench.eventLoop.flatSubmit {
                    let sink = RecordingSink(eventLoop: dispatcher.eventLoop)
                    let request = Self.request(method, target, asker: .peer(identity: "ops"))
                    _ = dispatcher.value.proxy(request, upgrade: upgrade, sink: sink)
                    return sink.end.futureResult
                }.get()
                #expect((answer.status == 403) != isAllowed, "\(rules)")
                #expect(bench.engine.requests.isEmpty != isAllowed)
            }
        }
    }

    /// Docker's engine takes the name from it, and not from the path.
    @Test(arguments: [
        ("application/x-www-form-urlencoded", "name=web-9", false),
        ("APPLICATION/X-WWW-Form-Urlencoded; a=b", "a", false),
        ("multipart/form-data; boundary=x", "a", false), ("application/x-www-form-urlencoded", "", true),
        ("application/json", "{}", true),
    ])
    func aFormInTheBodyIsUnknown(type: String, body: String, isAllowed: Bool) async throws {
        let keeper = try Self.keeper("allow containers.rename\nallow update image=nginx:*")
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            for target in ["/containers/web-1/rename?name=a", "/images/create?fromImage=nginx&tag=1"] {
                var request = Self.request("POST", target, body: body)
                request.headers = [.init("content-TYPE", type)]
                let answer = try await bench.send(request, proxied: true)
                #expect(answer.status == (isAllowed ? 200 : 403), "\(target)")
            }
            #expect(Self.acts(bench).isEmpty != isAllowed)
        }
    }

    @Test func theEngineIsAskedWithoutAVersion() async throws {
        let keeper = try Self.keeper(Self.rules)
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            _ = try await bench.send(Self.request("POST", "/containers/web-1/restart"), proxied: true)
            #expect(bench.engine.requests.first?.target == "/containers/web-1/json")
        }
    }

    /// Refuses everything, and keeps what it was asked about.
    private final class NoAdmission: AdmissionPolicy {
        let names = Mutex<[String]>([])

        func judge(
            _ request: ContainerCreation,
            body: ByteBuffer,
            answers: AdmissionAnswers?,
            actor: String
        ) -> AdmissionVerdict {
            self.names.withLock { $0.append(request.name) }
            return .refused(ByteBuffer(string: "admission"))
        }
    }

    /// By the name that was asked for, as accepted findings call it, and only about what the policy allows.
    @Test func admissionIsAskedAfterThePolicy() async throws {
        let (keeper, admission) = (try Self.keeper(Self.rules), NoAdmission())
        try await EngineBench.run(admission: admission, policy: keeper, answer: Self.answer) { bench in
            for (name, body) in [("web-1", "admission"), ("db", "policy of station-3 denies")] {
                let request = Self.request("POST", "/containers/\(name)/exec", body: #"{"User":"app"}"#)
                let answer = try await bench.send(request, proxied: true)
                #expect(answer.status == 403 && answer.body.contains(body), "\(answer.body)")
            }
            #expect(Self.acts(bench) == [])
        }
        #expect(admission.names.withLock { $0 } == ["web-1"])
    }

    @Test func theAgentsOwnCallsAreNotJudged() async throws {
        let keeper = try Self.keeper("deny all")
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            let own = try await bench.send(Self.request("GET", "/info", asker: .agent), proxied: false)
            let asked = try await bench.send(Self.request("GET", "/info"), proxied: false)
            #expect(own.status == 200 && asked.status == 403)
        }
    }

    @Test func anIdentityIsWhoAsks() async throws {
        let keeper = try Self.keeper("allow all identity=ops-*")
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            for (identity, status) in [("ops-laptop", 200), ("other", 403), (nil, 403)] as [(String?, Int)] {
                let request = Self.request("POST", "/containers/db/stop", asker: .peer(identity: identity))
                let answer = try await bench.send(request, proxied: true)
                #expect(answer.status == status)
            }
        }
    }

    /// Its start is judged again.
    @Test func anExecOfBeforeDoesNotStartUnderATighterPolicy() async throws {
        let keeper = try Self.keeper("allow all")
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            let start = Self.request("POST", "/exec/\(Self.execID)/start", body: "{}")
            let before = try await bench.send(start, proxied: false)
            keeper.replace(with: HostPolicy([.look], setting: "POLICY=look"))
            let afterwards = try await bench.send(start, proxied: false)
            #expect(before.status == 200 && afterwards.status == 403)
        }
    }

    @Test func anExecSessionEndsWithTheRefusal() async throws {
        let keeper = try Self.keeper("allow look")
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            let spec = ExecSpec(containerID: "db", command: ["sh"])
            let probe = try await ExecProbe.start(spec, on: bench)
            let end = try await probe.events.next()
            #expect(end.contains("policy of station-3 denies exec.create for db"), "\(end)")
            #expect(Self.acts(bench) == [])
        }
    }

    @Test func aHeadIsRefusedWithoutABody() async throws {
        let keeper = try Self.keeper("deny all")
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            let answer = try await bench.send(Self.request("HEAD", "/containers/web-1/archive?path=/"), proxied: true)
            #expect(answer.status == 403 && answer.body == "")
        }
    }

    @Test func aWarningLetsThrough() async throws {
        let objections = Mutex<[PolicyKeeper.Objection]>([])
        let observer = PolicyKeeper.Observer(objected: { objection in objections.withLock { $0.append(objection) } })
        let keeper = try Self.keeper(Self.rules, mode: .warn, observer: observer)
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            let denied = try await bench.send(Self.request("POST", "/containers/db/restart"), proxied: false)
            #expect(denied.status == 200 && denied.warning == "299 lookout \"policy denies containers.restart\"")
            let allowed = try await bench.send(Self.request("POST", "/containers/web-1/restart"), proxied: false)
            #expect(allowed.status == 200 && allowed.warning == nil)
        }
        let all = objections.withLock { $0 }
        #expect(all.map(\.operation) == [.containersRestart] && all.map(\.isRefused) == [false])
        #expect(all.map(\.line) == [nil] && all.allSatisfy { $0.sentence.contains("for db") })
    }

    @Test func learningLetsThroughAndRemembers() async throws {
        let seen = Mutex(SeenRequests())
        let observer = PolicyKeeper.Observer(saw: { operation, facts in
            seen.withLock { $0.add(operation, facts, at: .init(seconds: 0)) }
        })
        let keeper = try Self.keeper("deny all", mode: .learn, observer: observer)
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            for (method, target) in [
                ("POST", "/containers/aaaa/restart"), ("GET", "/info"), ("DELETE", "/images/cafe"),
            ] {
                let answer = try await bench.send(Self.request(method, target), proxied: false)
                #expect(answer.status == 200)
            }
        }
        let all = seen.withLock { $0.all.map(\.request) }
        #expect(all.map(\.operation) == [.systemInfo, .containersRestart, .imagesRemove])
        #expect(all.map(\.container) == [nil, "web-1", nil] && all.map(\.image) == [nil, "nginx:1.27", "postgres:17"])
        #expect(all.allSatisfy { $0.identity == "controller" })
    }

    /// The body must be there before it can be judged.
    @Test func whichBodiesAreNeeded() throws {
        let routes = [
            EngineRoute(method: "POST", target: "/containers/create"),
            EngineRoute(method: "POST", target: "/containers/a/start"),
            EngineRoute(method: "POST", target: "/containers/a/exec"),
            EngineRoute(method: "POST", target: "/networks/n/connect"),
            EngineRoute(method: "POST", target: "/images/load"),
        ]
        let tight = try Self.keeper("allow containers.start\nallow exec container=a")
        #expect(routes.map { tight.needsBody($0.operation) } == [true, true, true, true, false])
        let wide = try Self.keeper("allow all")
        #expect(routes.map { wide.needsBody($0.operation) } == [false, false, false, false, false])
    }

    @Test func aBodyThatComesInPiecesIsNotJudged() async throws {
        let keeper = try Self.keeper("allow containers.create image=nginx:*")
        try await EngineBench.run(policy: keeper, answer: Self.answer) { bench in
            var request = Self.request("POST", "/containers/create")
            request.streamedBody = .chunked
            let answer = try await bench.send(request, proxied: true)
            #expect(answer.errorCode == .badRequest && Self.acts(bench) == [])
        }
    }
}
