import Base
import ContainerChecks
import DockerBridge
import Logging
import NIOCore
import Policy
import Testing

@testable import Agent

@Suite struct PolicyWatchTests {
    private static func objection(_ operation: Operation, isRefused: Bool = true) -> PolicyKeeper.Objection {
        var facts = RequestFacts(identity: "controller")
        facts.container = .known(.init(name: "web-1"))
        return PolicyKeeper.Objection(
            operation: operation,
            facts: facts,
            line: 3,
            sentence: "policy denies \(operation.rawValue)",
            isRefused: isRefused
        )
    }

    private static func watch() -> PolicyWatch {
        PolicyWatch(trail: nil, now: { UnixTime(seconds: 1_796_000_000) })
    }

    @Test func objectionsAreCountedByOperation() {
        let watch = Self.watch()
        for operation in [Operation.execCreate, .execCreate, .imagesPull] {
            watch.observer.objected(Self.objection(operation))
        }
        watch.observer.objected(Self.objection(.imagesPull, isRefused: false))
        #expect(watch.counts == [.execCreate: .init(refused: 2), .imagesPull: .init(refused: 1, warned: 1)])
    }

    @Test func theStatusTellsTheNewestThree() throws {
        let watch = Self.watch()
        for operation in [Operation.execCreate, .imagesPull, .imagesBuild, .unknown] {
            watch.observer.objected(Self.objection(operation))
        }
        let body = ByteBuffer(jsonObject: { watch.write(.enforce, HostPolicy([.update], setting: "x"), into: &$0) })
        let policy = try JSONNode(parsing: Array(body.readableBytesView))["policy"]
        #expect(policy["mode"]?.text == "enforce" && policy["refused"]?.number == 4 && policy["warned"]?.number == 0)
        #expect(policy["restrictions"]?.text == "exec: no; files: no; compose: no; forward: no")
        #expect(
            policy["last"]?.elements.map { $0["message"]?.text } == [
                "policy denies unknown", "policy denies images.build", "policy denies images.pull",
            ]
        )
        #expect(policy["last"]?.elements.first?["time"]?.text == "2026-11-30T00:53:20Z")
        var members = body
        let text = StatusReport(members.readSlice(length: members.readableBytes) ?? ByteBuffer()).text
        #expect(
            text.contains("policy (enforce): exec: no; files: no; compose: no; forward: no; 4 refused, 0 let through")
        )
        #expect(text.contains("\n  2026-11-30T00:53:20Z  policy denies unknown"))
    }

    @Test func whatIsSeenIsTakenOnce() {
        let watch = Self.watch()
        #expect(watch.takeSeen() == nil)
        watch.observer.saw(.systemPing, RequestFacts(identity: "controller"))
        watch.observer.saw(.systemPing, RequestFacts(identity: "controller"))
        #expect(watch.takeSeen()?.all.map(\.tally.count) == [2])
        #expect(watch.takeSeen() == nil)
        watch.observer.saw(.systemInfo, RequestFacts(identity: "controller"))
        #expect(watch.takeSeen()?.all.count == 2)
    }

    // MARK: SIGHUP

    private static func reload(_ text: String, into keeper: PolicyKeeper) {
        var files = HostFiles(exists: { _ in true }, hostname: { "h" }, keyProblem: { _, _ in nil })
        files.policy = { _ in Array(text.utf8) }
        PolicyRun.reload("/p", keeper, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, files: files)
    }

    @Test func aReloadTakesAnotherPolicyUnlessItHasAFault() {
        let keeper = PolicyKeeper(HostPolicy([.look], setting: "x"), mode: .enforce, host: "h")
        Self.reload("alow exec", into: keeper)
        #expect(keeper.policy == HostPolicy([.look], setting: "x"))
        Self.reload("allow exec", into: keeper)
        #expect(keeper.policy.source == .file("/p") && keeper.policy.rules.map(\.text) == ["allow exec"])
    }

    @Test func theInvitationToUpdateFollowsAReload() throws {
        var settings = PolicySettings()
        settings.policy = HostPolicy([PolicyRule(.allow, .update)], from: .file("/p"))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let run = PolicyRun(settings, host: "h", admission: .deny, trail: nil, logger: logger)
        let isReadOnly = run.refusesUpdates
        #expect(!isReadOnly())
        Self.reload("allow look", into: try #require(run.keeper))
        #expect(isReadOnly())
        Self.reload("allow update image=registry.example/*", into: try #require(run.keeper))
        #expect(!isReadOnly())
    }

    @Test(arguments: [
        ("POLICY=all", false), ("POLICY=look", true), ("POLICY_MODE=learn", true), ("POLICY_FILE", true),
    ])
    func nothingIsAskedWhereEverythingIsAllowed(setting: String, isAsked: Bool) {
        var settings = PolicySettings()
        if setting == "POLICY=look" { settings.policy = HostPolicy([.look], setting: setting) }
        // It may say something else after a SIGHUP.
        if setting == "POLICY_FILE" { settings.policy = HostPolicy([PolicyRule(.allow, .all)], from: .file("/p")) }
        if setting == "POLICY_MODE=learn" { settings.mode = .learn }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let run = PolicyRun(settings, host: "h", admission: .off, trail: nil, logger: logger)
        #expect((run.keeper != nil) == isAsked)
        // Presets ask for no container.
        #expect((run.directory != nil) == (isAsked && setting != "POLICY=look"))
        let body = ByteBuffer(jsonObject: { run.writeStatus(into: &$0) })
        #expect((String(buffer: body) == "{}") != isAsked)
    }

    @Test(
        arguments: [
            ([Preset.look], Admission.Mode.off, nil),
            ([.update], .off, "containers.create can take over the host, because ADMISSION=deny is not set"),
            (
                [.update, .exec], .warn,
                "containers.create and exec.create can take over the host, because ADMISSION=deny is not set"
            ),
            ([.update], .deny, nil), ([.all], .off, nil),
        ] as [([Preset], Admission.Mode, String?)]
    )
    func whatTakesOverTheHostIsSaid(presets: [Preset], admission: Admission.Mode, sentence: String?) {
        var settings = PolicySettings()
        settings.policy = HostPolicy(presets, setting: "x")
        #expect(settings.takeover(admission: admission) == sentence)
    }
}
