import Policy
import Testing

@testable import Agent

@Suite struct PolicySettingsTests {
    private struct Unreadable: Error, CustomStringConvertible {
        let description = "is not a regular file"
    }

    private static func read(
        _ values: [String: String],
        file: String? = nil
    ) -> (settings: PolicySettings, problems: [String]) {
        var files = HostFiles(exists: { _ in true }, hostname: { "h" }, keyProblem: { _, _ in nil })
        files.policy = { _ in
            guard let file else { throw Unreadable() }
            return Array(file.utf8)
        }
        var reader = EnvironmentReader(values)
        let settings = PolicySettings(&reader, files: files)
        return (settings, reader.problems)
    }

    @Test func byDefaultEverythingIsAllowed() {
        let (settings, problems) = Self.read([:])
        #expect(problems.isEmpty && settings.policy.allowsEverything && settings.mode == .enforce)
    }

    @Test func presetsAreJoined() {
        let (settings, problems) = Self.read(["POLICY": "operate+exec", "POLICY_MODE": "warn"])
        #expect(problems.isEmpty && settings.mode == .warn)
        #expect(settings.policy == HostPolicy([.operate, .exec], setting: "POLICY=operate+exec"))
    }

    @Test func readOnlyIsLook() {
        let (settings, problems) = Self.read(["READ_ONLY": "true"])
        #expect(problems.isEmpty && settings.policy == HostPolicy([.look], setting: "READ_ONLY=true"))
    }

    @Test func aFileIsRead() throws {
        let (settings, problems) = Self.read(["POLICY_FILE": "/p"], file: "allow look\nallow exec container=web")
        #expect(problems.isEmpty && settings.policy.source == .file("/p"))
        #expect(settings.policy.rules.map(\.text) == ["allow look", "allow exec container=web"])
    }

    @Test func everyWrongLineOfAFileIsAProblem() {
        let (settings, problems) = Self.read(["POLICY_FILE": "/p"], file: "allow look\nalow exec\nallow restart")
        #expect(
            problems == [
                "POLICY_FILE names '/p': line 2: 'alow' is neither allow nor deny; begin the line with one of them",
                "POLICY_FILE names '/p': line 3: 'restart' is not an operation; write containers.restart",
            ]
        )
        #expect(settings.policy.allowsEverything)
    }

    @Test(arguments: [
        (["POLICY_FILE": "/p"], "POLICY_FILE names '/p', which is not a regular file"),
        (["POLICY": "lok"], "POLICY is 'lok'; 'lok' is not a preset"),
        (["POLICY_MODE": "strict"], "POLICY_MODE is 'strict'"),
        (["POLICY": "look", "POLICY_FILE": "/p"], "POLICY and POLICY_FILE each say what this host allows"),
        (["READ_ONLY": "yes", "POLICY": "all"], "READ_ONLY and POLICY each say"),
        (["READ_ONLY": "perhaps"], "READ_ONLY is 'perhaps'"), (["POLICY_MODE": "learn"], "needs STATE_DIR"),
    ])
    func whatIsWrongIsSaid(values: [String: String], words: String) {
        let (_, problems) = Self.read(values)
        #expect(problems.count == 1 && problems[0].contains(words), "\(problems)")
    }

    /// A controller is not invited to what would be refused.
    @Test(
        arguments: [
            (["READ_ONLY": "true"], true), (["POLICY": "operate"], true), (["POLICY": "update"], false), ([:], false),
            (["READ_ONLY": "true", "POLICY_MODE": "warn"], false),
        ] as [([String: String], Bool)]
    )
    func theInvitationToUpdateFollowsThePolicy(values: [String: String], isReadOnly: Bool) {
        let settings = Self.read(values).settings
        #expect(settings.refusesUpdates(settings.policy) == isReadOnly)
    }

    @Test func learningHasAFile() {
        let (settings, problems) = Self.read(["POLICY_MODE": "learn", "STATE_DIR": "/state"])
        #expect(problems.isEmpty && settings.mode == .learn && settings.seenPath == "/state/policy-seen")
    }
}
