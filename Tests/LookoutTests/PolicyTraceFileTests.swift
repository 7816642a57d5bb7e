import Base
import Foundation
import Policy
import Testing

@testable import Lookout

/// The traces among the examples, which hold what a Drydock is known to ask for, against presets and the examples' rules.
@Suite struct PolicyTraceFileTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "examples/edge/policy")

    private static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: self.folder.appending(path: name)))
    }

    /// Operations of `trace` that `rules` deny, each once and in their order.
    private static func denied(_ rules: [UInt8], _ trace: String) throws -> [String] {
        let report = try PolicyTestCommand.report(rules, "rules", try self.bytes("traces/\(trace).jsonl"), trace)
        #expect(report.results.count > 3 && report.results.allSatisfy { $0.line.expectsAllowed })
        var denied: [String] = []
        for result in report.results where !result.decision.isAllowed && !denied.contains(result.operation.rawValue) {
            denied.append(result.operation.rawValue)
        }
        return denied
    }

    private static let processes = ["exec.create", "exec.start", "exec.resize", "exec.inspect"]
    private static let actions = ["containers.stop", "containers.start", "containers.restart"]
    /// What an update takes beside stopping, starting and renaming.
    private static let replacing = [
        "images.pull", "containers.create", "networks.connect", "containers.remove", "images.remove",
    ]
    private static let updating = [
        "images.pull", "containers.rename", "containers.create", "networks.connect", "containers.stop",
        "containers.start",
        "containers.remove", "images.remove",
    ]

    /// What each preset keeps from each use of a controller.
    @Test(
        arguments: [
            ("look", "scan", []), ("look", "actions", actions), ("look", "update", updating),
            ("look", "exec", ["exec.create", "exec.start", "exec.resize"]),
            ("operate", "scan", []), ("operate", "actions", []),
            ("operate", "update", replacing),
            ("update", "scan", []), ("update", "actions", []), ("update", "update", []),
            ("update", "exec", ["exec.create", "exec.start", "exec.resize"]), ("look + exec", "exec", []),
            ("look + exec", "actions", actions), ("all", "update", []), ("all", "exec", []),
        ] as [(String, String, [String])]
    )
    func aPresetKeepsFromThis(preset: String, trace: String, denied: [String]) throws {
        let rules = preset.split(separator: " + ").map { "allow \($0)\n" }.joined()
        #expect(try Self.denied(Array(rules.utf8), trace) == denied)
    }

    @Test(
        arguments: [
            ("watch", "scan", []), ("watch", "actions", actions), ("watch-and-restart", "scan", []),
            ("watch-and-restart", "actions", []),
            ("watch-and-restart", "exec", ["exec.create", "exec.start", "exec.resize"]),
            ("updates", "scan", []), ("updates", "actions", []), ("updates", "update", []),
            ("updates", "exec", ["exec.create", "exec.start", "exec.resize"]), ("exec-web", "scan", []),
            ("exec-web", "exec", []),
            ("exec-web", "update", updating),
        ] as [(String, String, [String])]
    )
    func anExampleKeepsFromThis(rules: String, trace: String, denied: [String]) throws {
        #expect(try Self.denied(try Self.bytes(rules), trace) == denied)
    }

    /// Rules that are made from what a controller did for a day allow the same day, and nothing that changes anything else.
    @Test func whatIsSuggestedForADayAllowsTheDayAndNothingElse() throws {
        let traces = ["scan", "update", "exec"]
        var seen = SeenRequests()
        for trace in traces {
            let report = try PolicyTestCommand.report(
                Array("allow all".utf8),
                "rules",
                try Self.bytes("traces/\(trace).jsonl"),
                trace
            )
            for result in report.results {
                seen.add(result.operation, result.line.facts, at: UnixTime(seconds: 1_796_000_000))
            }
        }
        let text = Suggestion(seen).text
        let rules = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(rules.count <= 10, "\(text)")
        for trace in traces { #expect(try Self.denied(Array(text.utf8), trace) == [], "\(text)") }
        let policy = HostPolicy(try PolicyReader.read(Array(text.utf8)), from: .file("rules"))
        var stranger = RequestFacts(identity: "controller")
        stranger.container = .known(.init(name: "unheard-of", image: ImageName("evil.example/x:1")))
        stranger.images = .known([ImageName("evil.example/x:1")])
        stranger.exec = .known(.init(user: "root", isPrivileged: true))
        stranger.newName = "shop"
        for operation in Operation.allCases where operation.effect == .changes {
            #expect(!policy.decide(operation, stranger).isAllowed, "\(operation.rawValue): \(text)")
        }
    }
}
