import Testing

@testable import Policy

@Suite struct PolicyRefusalTests {
    private static func sentence(
        _ operation: Operation,
        _ facts: RequestFacts,
        _ policy: HostPolicy,
        reference: String? = nil
    ) throws -> String {
        guard case .denied(let reason) = policy.decide(operation, facts) else { throw NotDenied() }
        return PolicyRefusal(host: "station-3", operation, reason, policy, facts, reference: reference).sentence
    }

    private struct NotDenied: Error {}

    private static func file(_ text: String) throws -> HostPolicy { try HostPolicyTests.policy(text) }

    @Test func itNamesHostOperationContainerAndTheLineToAdd() throws {
        let facts = HostPolicyTests.facts("web-1", image: "nginx:1")
        #expect(
            try Self.sentence(.containersRemove, facts, Self.file("allow look"))
                == "policy of station-3 denies containers.remove for web-1; to allow it, "
                + "add `allow containers.remove container=web-1` to /etc/lookout/policy"
        )
    }

    @Test func aRuleThatDeniesIsNamedByItsLine() throws {
        let facts = HostPolicyTests.facts(image: "evil/x")
        #expect(
            try Self.sentence(.imagesPull, facts, Self.file("allow look\ndeny images.pull image=evil/*\nallow update"))
                == "policy of station-3 denies images.pull for evil/x:latest; to allow it, "
                + "add `allow images.pull image=evil/x:latest` above line 2 of /etc/lookout/policy"
        )
    }

    @Test(arguments: [
        ([Preset.look], Operation.containersStop, "set POLICY=operate instead of POLICY=x"),
        ([.look], .execCreate, "set POLICY=look+exec instead of POLICY=x"),
        ([.operate, .files], .imagesPull, "set POLICY=update+files instead of POLICY=x"),
        (
            [.look], .imagesBuild,
            "write `allow look` and `allow images.build` to a file and set POLICY_FILE to its path instead of POLICY=x"
        ),
        (
            [.look, .exec], .unknown,
            "write `allow look` and `allow exec` and `allow unknown` to a file and set POLICY_FILE to its path"
        ),
    ])
    func aSettingIsAnsweredWithASetting(presets: [Preset], operation: Operation, remedy: String) throws {
        let sentence = try Self.sentence(operation, RequestFacts(), HostPolicy(presets, setting: "POLICY=x"))
        #expect(sentence.contains("denies \(operation.rawValue); to allow it, \(remedy)"), "\(sentence)")
    }

    @Test func whatWasNotFoundIsSaid() throws {
        let sentence = try Self.sentence(
            .containersStop,
            HostPolicyTests.facts(),
            Self.file("allow containers.stop container=web"),
            reference: "abc"
        )
        #expect(
            sentence
                == "policy of station-3 denies containers.stop for abc, which is not a container here; "
                + "to allow it, add `allow containers.stop` to /etc/lookout/policy"
        )
    }

    @Test func aContainerWithoutANameGoesByItsImage() throws {
        let facts = HostPolicyTests.facts("", image: "nginx")
        let sentence = try Self.sentence(.containersCreate, facts, Self.file("allow look"))
        #expect(sentence.contains("add `allow containers.create image=nginx:latest` to"), "\(sentence)")
    }

    @Test func aNewNameThatGivesMoreIsExplained() throws {
        var facts = HostPolicyTests.facts("db")
        facts.newName = "web-9"
        #expect(
            try Self.sentence(.containersRename, facts, Self.file("allow operate\nallow exec.* container=web-*"))
                == "policy of station-3 denies containers.rename for db, because exec.create goes by names and would be "
                + "allowed then; choose a name that line 2 of /etc/lookout/policy does not speak of"
        )
    }

    @Test func hostileNamesAreBoundedAndPrintable() throws {
        let name = String(repeating: "\u{1b}[2J`\n", count: 5_000)
        let facts = HostPolicyTests.facts(name, image: name, identity: name)
        for operation in Operation.allCases where operation != .systemPing {
            let policy = try Self.file("allow system.ping")
            guard case .denied(let reason) = policy.decide(operation, facts) else { continue }
            let refusal = PolicyRefusal(host: name, operation, reason, policy, facts, reference: name)
            #expect(refusal.sentence.utf8.count < 900 && refusal.json.utf8.count < 1_200)
            #expect(refusal.sentence.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f })
        }
    }

    @Test func theBodyIsWhatEnginesWrite() throws {
        let policy = HostPolicy([.look], setting: "POLICY=look")
        let refusal = PolicyRefusal(host: "a\"b", .containersStop, .nothingMatches, policy, RequestFacts())
        #expect(
            refusal.json == #"{"message":"policy of a\"b denies containers.stop; to allow it, "#
                + "set POLICY=operate instead of POLICY=look\"}\n"
        )
        #expect(refusal.line == nil)
    }
}
