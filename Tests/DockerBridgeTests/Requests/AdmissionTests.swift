import NIOCore
import Support
import Testing

@testable import DockerBridge

@Suite struct AdmissionTests {
    private static func asked(_ method: String, _ target: String) -> ContainerCreation? {
        ContainerCreation(EngineRoute(method: method, target: target), target: target)
    }

    @Test(arguments: [
        "/containers/create", "/v1.43/containers/create", "/v1.43/containers/create?name=web", "/containers/create/",
        "/containers/%63reate", "/%76%31.41/containers/create", "/v1.41//containers/create",
        "/v00000000000000000001.41/containers/create", "/containers/create?\u{301}=&name=web",
        "/v1.41x/containers/create", "/v5.0.0-rc1/containers/create",
    ])
    func aContainerIsCreatedByWhateverPathTheEngineTakes(target: String) {
        let creation = Self.asked("POST", target)
        #expect(creation?.kind == .create)
        #expect(creation?.name == (target.utf8.contains(UInt8(ascii: "?")) ? "web" : ""))
    }

    @Test(arguments: [
        "/v1.23/containers/web/start", "/containers/web/start", "/v1.43/containers/web/start?detachKeys=a",
        "/v1.23/containers/%77eb/%73tart", "/v1.23//containers/web/start", "/v1.23/containers/web/start?\u{301}",
        "/v1.23/%63ontainers%2Fweb%2fstart",
    ])
    func aStartIsKnownByWhateverPathTheEngineTakes(target: String) {
        let creation = Self.asked("POST", target)
        #expect(creation?.kind == .start)
        #expect(creation?.name == "web")
    }

    /// An engine's pattern for the name takes slashes, and what stands behind one.
    @Test(arguments: [
        ("a/b", "a/b"), ("\u{301}a", "\u{301}a"), ("%CC%81a", "\u{301}a"), ("create/json", "create/json"),
    ])
    func aNameMayHoldWhatTheEngineTakes(spelling: String, name: String) {
        let creation = Self.asked("POST", "/v1.23/containers/\(spelling)/start")
        #expect(creation?.kind == .start)
        #expect(creation.map { $0.name.utf8.elementsEqual(name.utf8) } == true)
    }

    @Test(
        arguments: [
            ("containers/create", .podman), ("pods/create", .podmanOther), ("play/kube", .podmanOther),
            ("kube/play", .podmanOther), ("quadlets", .podmanOther), ("containers/web/exec", .exec),
            ("volumes/create", .volume), ("containers/web/update", .podmanUpdate),
            ("containers/web/restore", .podmanRestore),
        ] as [(String, ContainerCreation.Kind)]
    )
    func podmansOwnInterfaceIsKnown(path: String, kind: ContainerCreation.Kind) {
        #expect(Self.asked("POST", "/v4.0.0/libpod/\(path)")?.kind == kind)
        #expect(Self.asked("POST", "/libpod/\(path)?name=web")?.kind == kind)
    }

    @Test(
        arguments: [
            ("/v1.43/containers/web/update", .update, "web"), ("/containers/%77eb/%75pdate", .update, "web"),
            ("/containers/web/exec", .exec, "web"), ("/v1.43/containers/a/b/exec", .exec, "a/b"),
            ("/v1.43/volumes/create", .volume, ""), ("/volumes//create?x", .volume, ""),
            ("/v1.43/services/create", .service, ""), ("/services/abc/update?version=3", .service, ""),
            ("/containers/a/../b/exec", .exec, "a/../b"), ("/services/%2e/update", .service, ""),
        ] as [(String, ContainerCreation.Kind, String)]
    )
    func whatElseGivesAContainerMoreIsKnown(target: String, kind: ContainerCreation.Kind, name: String) {
        let creation = Self.asked("POST", target)
        #expect(creation?.kind == kind)
        #expect(creation?.name == name)
    }

    /// Podman takes the key in any case.
    @Test(arguments: [
        ("x;import=true", true), ("import=true;x", true), ("import=0;import=1", true), ("import=0&import=1", true),
        ("import=true", true), ("name=a&IMPORT=1", true), ("%69mport=on", true), ("import=import", true),
        ("import=false", false), ("import=0", false), ("import=", false), ("important=1", false), ("", false),
    ])
    func anArchiveOfACheckpointIsKnown(query: String, isArchive: Bool) {
        let creation = Self.asked("POST", "/v5.0.0/libpod/containers/web/restore?\(query)")
        #expect(creation?.kind == (isArchive ? .podmanOther : .podmanRestore))
        #expect(creation?.name == (isArchive ? "" : "web"))
        #expect(creation?.readsBody == !isArchive)
    }

    @Test(arguments: [
        ("/containers/create?n%61me=other&name=web", "other"), ("/containers/create?name&name=web", ""),
        ("/containers/create?x=1&name=w%65b&name=other", "web"), ("/libpod/containers/create?name=web", ""),
    ])
    func aNameIsTheOneThatAnEngineTakes(target: String, name: String) {
        #expect(Self.asked("POST", target)?.name == name)
    }

    /// An old engine takes `other` of the first, a new one takes it of the second.
    @Test(arguments: [
        "x;name=other&name=web", "x;name=web&name=other", "name=web;x", "name=web&x;y", "name=other;name=web",
    ])
    func aNameThatEnginesReadDifferentlyIsNone(query: String) {
        #expect(Self.asked("POST", "/containers/create?\(query)")?.name == "")
    }

    @Test func aNameIsCut() {
        let name = String(repeating: "é", count: 5_000)
        for target in ["/containers/create?name=\(name)", "/containers/\(name)/start"] {
            let creation = Self.asked("POST", target)
            #expect(creation.map { (190...204).contains($0.name.utf8.count) && $0.name.hasSuffix("…") } == true)
        }
    }

    @Test(arguments: [
        ("GET", "/containers/create"), ("POST", "/containers/create/json"), ("GET", "/containers/web/start"),
        ("POST", "/containers/start"), ("POST", "/exec/web/start"), ("POST", "/libpod/containers/web/start"),
        ("POST", "/networks/create"), ("GET", "/volumes/create"), ("POST", "/volumes/prune"),
        ("POST", "/containers/update"),
        ("DELETE", "/services/abc"), ("POST", "/x/containers/create"), ("POST", "/containers/create%3Fname=a"),
        ("POST", "/containers/web/restore"), ("POST", "/libpod/containers/restore"),
    ])
    func otherRequestsAreNone(method: String, target: String) {
        #expect(Self.asked(method, target) == nil)
    }

    /// What the policy was asked: actor, name and body.
    private static func questions(to policy: RecordingPolicy) -> [String] {
        policy.questions.map { "\($0.actor) \($0.creation.name) \(String(buffer: $0.body))" }
    }

    private static func run(
        _ policy: RecordingPolicy,
        _ body: @escaping (EngineBench) async throws -> Void
    ) async throws {
        try await EngineBench.run(admission: policy, answer: { _, peer in peer.respond(201, "made") }, body)
    }

    private static func creation(_ body: ByteBuffer? = ByteBuffer(string: "{}")) -> BridgeRequest {
        var request = BridgeRequest(method: "POST", target: "/containers/create?name=web", asker: .agent, body: body)
        request.actor = "me"
        return request
    }

    @Test(arguments: [false, true])
    func whatIsRefusedNeverReachesTheEngine(proxied: Bool) async throws {
        let policy = RecordingPolicy(always: .refused(ByteBuffer(string: #"{"message":"no"}"#)))
        try await Self.run(policy) { bench in
            let answer = try await bench.send(Self.creation(), proxied: proxied)
            #expect(answer.status == 403)
            #expect(answer.contentType == "application/json")
            #expect(answer.body == #"{"message":"no"}"#)
            #expect(bench.engine.requests.isEmpty)
            #expect(Self.questions(to: policy) == ["me web {}"])
        }
    }

    @Test(arguments: [false, true])
    func aWarningTravelsWithTheAnswer(proxied: Bool) async throws {
        try await Self.run(RecordingPolicy(always: .warned("299 lookout \"rule\""))) { bench in
            let answer = try await bench.send(Self.creation(), proxied: proxied)
            #expect(answer.status == 201)
            #expect(answer.warning == "299 lookout \"rule\"")
            #expect(answer.body == "made")
        }
    }

    @Test func otherRequestsAreNotAskedAbout() async throws {
        let policy = RecordingPolicy(always: .refused(ByteBuffer()))
        try await Self.run(policy) { bench in
            let answer = try await bench.send(
                BridgeRequest(method: "GET", target: "/version", asker: .agent),
                proxied: true
            )
            #expect(answer.status == 201)
            #expect(Self.questions(to: policy) == [])
        }
    }

    @Test func aBodyThatIsNotThereYetIsNotLetThrough() async throws {
        try await Self.run(RecordingPolicy(always: .admitted)) { bench in
            var request = Self.creation(nil)
            request.streamedBody = .chunked
            let answer = try await bench.send(request, proxied: true)
            #expect(answer.errorDetail == "the body of a request that is judged must come whole")
            #expect(bench.engine.requests.isEmpty)
        }
    }

    /// An archive of gigabytes may come in pieces: the verdict does not depend on it.
    @Test(arguments: [true, false])
    func whatCannotBeLookedAtIsJudgedWithoutItsBody(isRefused: Bool) async throws {
        let refusal = AdmissionVerdict.refused(ByteBuffer(string: "{}"))
        let policy = RecordingPolicy(always: isRefused ? refusal : .warned("299 lookout \"reason\""))
        try await Self.run(policy) { bench in
            let target = "/libpod/containers/a/restore?import=true"
            var request = BridgeRequest(method: "POST", target: target, asker: .controller)
            request.body = ByteBuffer(repeating: 0x20, count: ContainerCreation.maximumBodyBytes + 1)
            let answer = try await bench.send(request, proxied: true)
            #expect(answer.status == (isRefused ? 403 : 201))
            #expect(answer.warning == (isRefused ? nil : "299 lookout \"reason\""))
            #expect(Self.questions(to: policy) == ["  "])
        }
    }

    @Test func aBodyThatIsTooLongIsNotLetThrough() async throws {
        try await Self.run(RecordingPolicy(always: .admitted)) { bench in
            let body = ByteBuffer(repeating: 0x20, count: ContainerCreation.maximumBodyBytes + 1)
            let answer = try await bench.send(Self.creation(body), proxied: false)
            #expect(answer.errorDetail == "the body of a request that is judged is over 4 MiB")
            #expect(bench.engine.requests.isEmpty)
        }
    }
}
