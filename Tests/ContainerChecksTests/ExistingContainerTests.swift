import DockerBridge
import Testing

@testable import ContainerChecks

/// Admission of what a request wants for a container that exists: who that is, the engine says.
@Suite struct ExistingContainerTests {
    private static let accepted = #"""
        [{"rule":"privileged-container","container":"ci-*","image":"ci:*","reason":"r"},
        {"rule":"privileged-exec","container":"ci-*","image":"ci:*","reason":"r"},
        {"rule":"device-cgroup-wildcard","container":"ci-*","image":"ci:*","reason":"r"}]
        """#

    /// Requests that are refused unless they are accepted, each with an image in its body that an engine does not read.
    private static let requests = [
        ("/v1.23/containers/ci-1/start", #"{"Image":"ci:1","HostConfig":{"Privileged":true}}"#),
        ("/containers/ci-1/start", #"{"image":"ci:1","Privileged":true}"#),
        ("/containers/ci-1/update", #"{"Image":"ci:1","DeviceCgroupRules":["b *:* r"]}"#),
        ("/containers/ci-1/exec", #"{"Image":"ci:1","Privileged":true}"#),
        ("/libpod/containers/ci-1/update", #"{"devices":[{"allow":true,"type":"a"}]}"#),
    ]

    private static func verdict(
        _ target: String,
        _ body: String,
        accepted: String? = Self.accepted,
        found: [String: String?]? = nil
    ) throws -> String {
        let answers = found.map(AdmissionBench.answers)
        return AdmissionBench.words(
            try AdmissionBench.judge(.deny, body, target: target, answers: answers, accepted: accepted)
        )
    }

    @Test(arguments: Self.requests)
    func theImageIsTheOneThatTheEngineHas(target: String, body: String) throws {
        #expect(try Self.verdict(target, body) == "asks /containers/ci-1/json")
        let other = #"{"Id":"1","Name":"/ci-1","Config":{"Image":"other:1"}}"#
        let refused = try Self.verdict(target, body, found: ["/containers/ci-1/json": other])
        #expect(refused.contains(#""container":"ci-1""#) && refused.contains(#""image":"other:1""#), "\(refused)")
        let own = #"{"Id":"1","Name":"/ci-1","Config":{"Image":"ci:7"}}"#
        #expect(try Self.verdict(target, body, found: ["/containers/ci-1/json": own]) == "admitted")
    }

    /// The path may hold an id, or the beginning of one, which looks like an accepted name.
    @Test(arguments: Self.requests)
    func theNameIsTheOneThatTheEngineHas(target: String, body: String) throws {
        let named = #"{"Id":"c1-1","Name":"/web","Config":{"Image":"ci:7"}}"#
        let refused = try Self.verdict(target, body, found: ["/containers/ci-1/json": named])
        #expect(refused.contains(#""container":"web""#), "\(refused)")
        let byID = target.replacing("ci-1", with: "abcdef012345")
        let own = #"{"Id":"abcdef0123456789","Name":"/ci-1","Config":{"Image":"ci:7"}}"#
        #expect(try Self.verdict(byID, body, found: ["/containers/abcdef012345/json": own]) == "admitted")
    }

    @Test(arguments: Self.requests)
    func whatTheEngineDoesNotHaveIsNotAccepted(target: String, body: String) throws {
        let missing = try Self.verdict(target, body, found: ["/containers/ci-1/json": nil])
        #expect(missing.contains("refused by ADMISSION=deny"))
        var answers = AdmissionAnswers()
        answers.add(.failed, to: "/containers/ci-1/json")
        let failed = try AdmissionBench.judge(
            .deny,
            body,
            target: target,
            answers: answers,
            accepted: Self.accepted
        )
        #expect(AdmissionBench.words(failed).contains("the engine did not say what the container ci-1 is"))
        // A name that no engine takes is not asked about.
        let odd = try Self.verdict(target.replacing("ci-1", with: "ci-1%2Fx"), body)
        #expect(odd.contains("refused by ADMISSION=deny"))
    }

    /// Without accepted findings, or without findings, the engine is not asked.
    @Test func nothingIsAskedInVain() throws {
        for (target, body) in Self.requests {
            let refused = try Self.verdict(target, body, accepted: nil)
            #expect(refused.contains("refused by ADMISSION=deny") && refused.contains(#""image":"""#), "\(refused)")
        }
        #expect(try Self.verdict("/containers/ci-1/exec", #"{"Cmd":["true"]}"#) == "admitted")
        #expect(try Self.verdict("/containers/ci-1/update", #"{"Memory":1}"#) == "admitted")
    }

    // MARK: Checkpoints of Podman's

    @Test func aContainerThatExistsMayBeRestored() throws {
        let target = "/v5.0.0/libpod/containers/web/restore?keep=true"
        #expect(try Self.verdict(target, "") == "asks /containers/web/json")
        #expect(try Self.verdict(target, "", found: ["/containers/web/json": #"{"Id":"1"}"#]) == "admitted")
        let image = try Self.verdict(target, "", found: ["/containers/web/json": nil])
        #expect(image.contains("would make one from a checkpoint, which cannot be looked at"))
        let odd = try Self.verdict("/libpod/containers/registry.example%2Fcheckpoint/restore", "")
        #expect(odd.contains("would make one from a checkpoint"))
    }

    @Test func anArchiveOfACheckpointIsRefused() throws {
        let refused = try Self.verdict("/libpod/containers/import/restore?import=true&name=web", "")
        #expect(refused.contains("from a body that cannot be looked at"))
    }
}
