import ContainerWatch
import Foundation
import NIOCore
import Support
import Synchronization
import Testing

@testable import ContainerChecks

/// What a live audit asks an engine, and what it says where it does not ask everything.
@Suite(.timeLimit(.minutes(2))) struct LiveCheckTests {
    private static func container(_ members: String) -> String {
        #"{"Id":"1","Name":"/web","Config":{"User":"1"},"HostConfig":{\#(members)}}"#
    }

    /// An engine with one container.
    private static func engine(
        _ document: String,
        services: (status: Int, body: String) = (503, "{}"),
        broken: String? = nil,
        others: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> FakeEngine.Answer {
        { request, peer in
            if WatchBench.answersVersion(request, peer) { return }
            switch WatchBench.path(request) {
            case "/containers/json": peer.respond(200, #"[{"Id":"1"}]"#)
            case "/containers/1/json": peer.respond(200, document)
            case let path where path == broken: peer.respond(500, "{}")
            case "/services": peer.respond(services.status, services.body)
            case let path:
                let answer = others(path)
                peer.respond(answer == nil ? 404 : 200, answer ?? "{}")
            }
        }
    }

    private static func lines(_ report: Report) -> [String] {
        report.findings.map { "\($0.container) \($0.rule) \($0.severity.rawValue) \($0.resource)" }
    }

    // MARK: Bounds

    private static func volumes(_ count: Int) -> String {
        let binds = (0..<count).map { #""v\#($0):/x/\#($0)""# }.joined(separator: ",")
        return Self.container(#""Binds":[\#(binds)]"#)
    }

    @Test func whatIsNotAskedIsAFinding() async throws {
        let asked = Mutex<Set<String>>([])
        let answer = Self.engine(Self.volumes(LiveCheck.mostQuestions + 44)) { path in
            asked.withLock { _ = $0.insert(path) }
            return nil
        }
        try await WatchBench.run(rules: ["volume-on-host-path"], answer: answer) { check in
            let report = try await check.report(includesStopped: false)
            #expect(Self.lines(report) == ["web too-many-settings high references"])
            #expect(report.findings.first?.detail.contains("Only the first 256 of the containers, volumes") == true)
        }
        #expect(asked.withLock { $0.count } == LiveCheck.mostQuestions)
    }

    @Test func asManyAsAreAskedAreNone() async throws {
        let answer = Self.engine(Self.volumes(LiveCheck.mostQuestions))
        try await WatchBench.run(rules: ["volume-on-host-path"], answer: answer) { check in
            let report = try await check.report(includesStopped: false)
            #expect(Self.lines(report) == [])
        }
    }

    /// Volumes that no rule looks at are neither asked about nor missed.
    @Test func volumesAreNotAskedInVain() async throws {
        let answer = Self.engine(Self.volumes(LiveCheck.mostQuestions + 1)) { path in
            Issue.record("\(path) was asked for")
            return nil
        }
        try await WatchBench.run(rules: ["host-network"], answer: answer) { check in
            let report = try await check.report(includesStopped: false)
            #expect(Self.lines(report) == [])
        }
    }

    @Test func pathsThatAreNotFollowedAreAFinding() async throws {
        // Each name on the way costs as much as the path up to it.
        let path = String(repeating: "/a", count: 2_000)
        let binds = (0..<8).map { #""\#(path)\#($0):/x/\#($0)""# }.joined(separator: ",")
        let answer = Self.engine(Self.container(#""Binds":[\#(binds)]"#))
        try await WatchBench.run(rules: ["extra-host-mount"], answer: answer) { check in
            var check = check
            check.links = HostLinks(root: "/no/such/folder")
            let report = try await check.report(includesStopped: false)
            #expect(Self.lines(report) == ["web too-many-settings high paths"])
        }
    }

    @Test func aNameThatCannotBeAskedForIsAFinding() async throws {
        let answer = Self.engine(Self.container(#""VolumesFrom":["a/../b"]"#))
        try await WatchBench.run(rules: ["docker-socket-mount"], answer: answer) { check in
            let report = try await check.report(includesStopped: false)
            #expect(Self.lines(report) == ["web too-many-settings high names"])
        }
    }

    /// The container with the volume is judged, and what is not known is said.
    @Test func anEngineThatFailsForOneVolumeHidesNothingElse() async throws {
        let document = Self.container(#""Binds":["data:/d","/run/docker.sock:/s"]"#)
        let answer = Self.engine(document, broken: "/volumes/data")
        let notes = Mutex<[String]>([])
        try await WatchBench.run(rules: ["docker-socket-mount", "volume-on-host-path"], answer: answer) { check in
            var check = check
            check.notes = { note in notes.withLock { $0.append(note) } }
            let report = try await check.report(includesStopped: false)
            #expect(Self.lines(report) == ["web docker-socket-mount critical /run/docker.sock"])
        }
        #expect(notes.withLock { $0 } == ["web: the engine did not say what the volume data is"])
    }

    /// An engine answers neither about a volume whose plugin hangs, nor with what fits, nor with JSON.
    @Test(arguments: ["hangs", "is large", "is no JSON"])
    func anEngineThatDoesNotSayWhatAVolumeIsHidesNothingElse(how: String) async throws {
        let document = Self.container(#""Binds":["slow:/d","next:/n","/run/docker.sock:/s"]"#)
        let asked = Mutex<[String]>([])
        let usual = Self.engine(document)
        let answer: FakeEngine.Answer = { request, peer in
            let path = WatchBench.path(request)
            guard path.hasPrefix("/volumes/") else { return usual(request, peer) }
            asked.withLock { $0.append(path) }
            switch how {
            case "is large": peer.respond(200, String(repeating: " ", count: 5 << 20))
            case "is no JSON": peer.respond(200, "<html>")
            default: break
            }
        }
        let notes = Mutex<[String]>([])
        try await WatchBench.run(rules: ["docker-socket-mount", "volume-on-host-path"], answer: answer) { check in
            var check = check
            if how == "hangs" { check.referencePatience = .milliseconds(1) }
            check.notes = { note in notes.withLock { $0.append(note) } }
            let report = try await check.report(includesStopped: false)
            #expect(Self.lines(report) == ["web docker-socket-mount critical /run/docker.sock"])
        }
        let volumes = ["slow", "next"]
        #expect(notes.withLock { $0 } == volumes.map { "web: the engine did not say what the volume \($0) is" })
        // After one that hangs the others are not waited for.
        let expected = how == "hangs" ? ["slow"] : volumes
        #expect(asked.withLock { $0 }.allSatisfy { expected.map { "/volumes/\($0)" }.contains($0) })
    }

    /// An engine with the containers `first`, which is described in that way, and `web`.
    private static func engine(first how: String) -> FakeEngine.Answer {
        let usual = Self.engine(Self.container(#""PidMode":"host""#))
        return { request, peer in
            switch (WatchBench.path(request), how) {
            case ("/containers/json", _): peer.respond(200, #"[{"Id":"first"},{"Id":"1"}]"#)
            case ("/containers/first/json", "fails"): peer.respond(500, "{}")
            case ("/containers/first/json", "is large"): peer.respond(200, String(repeating: " ", count: 5 << 20))
            case ("/containers/first/json", _): peer.respond(200, "<html>")
            default: usual(request, peer)
            }
        }
    }

    @Test(arguments: ["fails", "is large", "is no JSON"])
    func aContainerThatTheEngineDoesNotDescribeHidesNoOther(how: String) async throws {
        let notes = Mutex<[String]>([])
        try await WatchBench.run(rules: ["host-pid-namespace"], answer: Self.engine(first: how)) { check in
            var check = check
            check.notes = { note in notes.withLock { $0.append(String(note.prefix { $0 != ":" })) } }
            let report = try await check.report(includesStopped: false)
            #expect(Self.lines(report) == ["web host-pid-namespace high "])
            #expect(report.containersInspected == 1)
            #expect(report.containersMissed == 1)
            #expect(report.with([]).containersMissed == 1)
        }
        #expect(notes.withLock { $0 } == ["first was not looked at"])
    }

    /// An engine that hangs is not waited for once per container.
    @Test(arguments: [LiveCheck.mostLate, 100])
    func anEngineThatHangsForManyEndsTheCheck(count: Int) async throws {
        let ids = (0..<count).map { #"{"Id":"c\#($0)"}"# }.joined(separator: ",")
        let asked = Mutex(0)
        let answer: FakeEngine.Answer = { request, peer in
            if WatchBench.answersVersion(request, peer) { return }
            if WatchBench.path(request) == "/containers/json" { return peer.respond(200, "[\(ids)]") }
            asked.withLock { $0 += 1 }
        }
        try await WatchBench.run(rules: ["host-pid-namespace"], answer: answer) { check in
            var check = check
            check.containerPatience = .milliseconds(1)
            if count == LiveCheck.mostLate {
                let report = try await check.report(includesStopped: false)
                #expect(report.containersMissed == count)
            } else {
                await #expect(throws: CheckError.self) { try await check.report(includesStopped: false) }
            }
        }
        // Those that are late, and as many as are under way meanwhile.
        #expect(asked.withLock { $0 } <= 3 * LiveCheck.mostLate)
    }

    /// What one document refers to is not gathered without end, however large each answer is.
    @Test func theAnswersAboutOneDocumentAreBounded() async throws {
        let size = 3 << 20
        let answer = Self.engine(Self.volumes(12)) { path in
            path.hasPrefix("/volumes/") ? #"{"Name":"v"}"# + String(repeating: " ", count: size) : nil
        }
        let notes = Mutex(0)
        try await WatchBench.run(rules: ["volume-on-host-path"], answer: answer) { check in
            var check = check
            check.notes = { _ in notes.withLock { $0 += 1 } }
            _ = try await check.report(includesStopped: false)
        }
        #expect(notes.withLock { $0 } == 12 - LiveCheck.referenceBytes / size)
    }

    // MARK: Namespaces

    /// The chain of a namespace is followed however many containers the mounts come from.
    @Test func aNamespaceIsFollowedPastManyMounts() async throws {
        let others = (0..<40).map { #""other-\#($0)""# }.joined(separator: ",")
        let document = Self.container(#""VolumesFrom":[\#(others)],"PidMode":"container:a""#)
        let answer = Self.engine(document) { path in
            switch path {
            case "/containers/a/json": #"{"Id":"a","HostConfig":{"PidMode":"container:b"}}"#
            case "/containers/b/json": #"{"Id":"b","HostConfig":{"PidMode":"host"}}"#
            default: nil
            }
        }
        try await WatchBench.run(rules: ["host-pid-namespace"], answer: answer) { check in
            let report = try await check.report(includesStopped: false)
            #expect(Self.lines(report) == ["web host-pid-namespace high "])
        }
    }

    // MARK: Services of a swarm

    private static let service = #"""
        {"ID":"s1","Spec":{"Name":"agent","TaskTemplate":{"ContainerSpec":{"Image":"i:1","User":"1",
        "Mounts":[{"Type":"bind","Source":"/run/docker.sock","Target":"/s"},
        {"Type":"volume","Source":"data","Target":"/d"}]},
        "Resources":{"Limits":{"MemoryBytes":1,"NanoCPUs":1,"Pids":1}},"Networks":[{"Target":"net1"}]}}}
        """#

    @Test func servicesAreJudgedAsTheirTasks() async throws {
        let answer = Self.engine(Self.container(""), services: (200, "[\(Self.service)]")) { path in
            switch path {
            case "/networks/net1": #"{"Name":"host","Driver":"host"}"#
            case "/volumes/data": #"{"Name":"data","Driver":"local","Options":{"o":"bind","device":"/etc"}}"#
            default: nil
            }
        }
        let rules: Set = [
            "docker-socket-mount", "host-network", "volume-on-host-path", "memory-unlimited", "cpu-unlimited",
            "pids-unlimited",
        ]
        try await WatchBench.run(rules: rules, answer: answer) { check in
            let report = try await check.report(includesStopped: false)
            #expect(report.containersInspected == 2)
            #expect(
                Self.lines(report) == [
                    "agent docker-socket-mount critical /run/docker.sock", "agent host-network high ",
                    "agent volume-on-host-path high /etc", "web cpu-unlimited low ", "web memory-unlimited low ",
                    "web pids-unlimited low ",
                ]
            )
        }
    }

    /// A service and its own tasks have the same folders.
    @Test func aServiceSharesNothingWithItsTasks() async throws {
        let document = Self.container(#""Binds":["/srv/x:/x"]"#)
        let service = Self.service.replacing("/run/docker.sock", with: "/srv/x")
        let answer = Self.engine(document, services: (200, "[\(service)]"))
        try await WatchBench.run(rules: ["shared-writable-path"], answer: answer) { check in
            let report = try await check.report(includesStopped: false)
            #expect(Self.lines(report) == [])
        }
    }

    /// Most engines manage no swarm, which is nothing to be told of; a filter in front of one is.
    @Test(
        arguments: [
            (404, "{}", []), (406, "{}", []), (503, "{}", []), (403, "{}", ["the engine answers 403 to /services"]),
            (200, "<html>", ["/services"]),
        ] as [(Int, String, [String])]
    )
    func whereThereAreNoServicesContainersAreStillJudged(status: Int, body: String, words: [String]) async throws {
        let answer = Self.engine(Self.container(#""PidMode":"host""#), services: (status, body))
        let notes = Mutex<[String]>([])
        try await WatchBench.run(rules: ["host-pid-namespace"], answer: answer) { check in
            var check = check
            check.notes = { note in notes.withLock { $0.append(String(note.prefix { $0 != ":" })) } }
            let report = try await check.report(includesStopped: false)
            #expect(Self.lines(report) == ["web host-pid-namespace high "])
            #expect(report.containersInspected == 1)
        }
        #expect(notes.withLock { $0 } == words)
    }
}
