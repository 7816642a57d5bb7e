import Base
import Testing

@testable import Policy

@Suite(.timeLimit(.minutes(2))) struct SuggestionTests {
    private typealias Request = (operation: Operation, facts: RequestFacts)

    private static func seen(_ requests: [Request]) -> SeenRequests {
        requests.enumerated().reduce(into: SeenRequests()) { seen, request in
            seen.add(
                request.element.operation,
                request.element.facts,
                at: SeenRequestsTests.time(Int64(request.offset))
            )
        }
    }

    private static func rules(_ requests: [Request]) -> [String] { Suggestion(self.seen(requests)).lines.map(\.rule) }

    private static func request(
        _ operation: Operation,
        _ container: String? = nil,
        _ image: String? = nil,
        identity: String? = "controller"
    ) -> Request {
        var facts = HostPolicyTests.facts(container, image: image, user: "app", identity: identity)
        facts.newName = "web-old"
        return (operation, facts)
    }

    /// An inventory, the update of two containers as a Drydock does it, and one exec.
    private static var day: [Request] {
        let looking: [Request] = [
            Self.request(.systemPing), Self.request(.systemVersion), Self.request(.systemEvents),
            Self.request(.containersList), Self.request(.containersInspect, "web", "nginx:1"),
            Self.request(.imagesInspect, nil, "nginx:1"), Self.request(.containersLogs, "db", "registry.example/db:1"),
        ]
        let containers: [(String, String)] = [("web", "nginx"), ("db", "registry.example/db")]
        let updates = containers.flatMap { name, image -> [Request] in
            [
                Self.request(.imagesPull, nil, "\(image):2"), Self.request(.containersStop, name, "\(image):1"),
                Self.request(.containersRename, name, "\(image):1"),
                Self.request(.containersCreate, name, "\(image):2"),
                Self.request(.networksConnect, name, "\(image):2"), Self.request(.containersStart, name, "\(image):2"),
                Self.request(.containersRemove, "\(name)-old", "\(image):1"),
            ]
        }
        return looking + updates + [
            Self.request(.execCreate, "web", "nginx:2"), Self.request(.execStart, "web", "nginx:2"),
        ]
    }

    @Test func aDayIsAFewLines() {
        #expect(
            Self.rules(Self.day) == [
                "allow look", "allow update image=nginx:*", "allow update image=registry.example/db:*",
                "allow exec image=nginx:*",
            ]
        )
    }

    /// The rest of the vocabulary is refused, but for what the presets of the day hold.
    @Test func underItsRulesTheSameDayPassesAndNothingElse() throws {
        let policy = try Self.policy(Suggestion(Self.seen(Self.day)))
        for (operation, facts) in Self.day { #expect(policy.decide(operation, facts).isAllowed, "\(operation)") }
        let held = [Preset.look, .update, .exec].reduce(OperationSet()) { $0.union($1.operations) }
        for operation in Operation.allCases where !held.contains(operation) {
            #expect(!policy.decide(operation, Self.request(operation, "web", "nginx:1").facts).isAllowed)
        }
        for operation in Operation.allCases where !Preset.look.operations.contains(operation) {
            #expect(!policy.decide(operation, Self.request(operation, "mail", "postfix:1").facts).isAllowed)
        }
    }

    @Test(
        arguments: [
            ([request(.systemPing)], ["allow system.ping"]),
            ([request(.systemPing), request(.containersList)], ["allow look"]),
            (
                [request(.containersRestart, "web-1"), request(.containersRestart, "web-1")],
                ["allow containers.restart container=web-1"]
            ),
            (
                [request(.containersRestart, "b"), request(.containersRestart, "a")],
                ["allow containers.restart container=a", "allow containers.restart container=b"]
            ),
            ((0..<5).map { request(.containersRestart, "web-\($0)") }, ["allow containers.restart"]),
            ([request(.containersRestart, "a"), request(.containersRestart)], ["allow containers.restart"]),
            (
                [request(.containersStart, "a"), request(.containersStop, "a"), request(.containersKill, "a")],
                ["allow operate container=a"]
            ),
            (
                [request(.containersStart, "a"), request(.containersStop, "a")],
                ["allow containers.start container=a", "allow containers.stop container=a"]
            ),
            ([request(.containersExport, "a"), request(.containersArchiveRead, "a")], ["allow files container=a"]),
            ([request(.imagesPull, nil, "a@sha256:ab")], ["allow images.pull image=a@*"]),
            ([request(.imagesPull, nil, "r:5000/a/b:1@sha256:ab")], ["allow images.pull image=r:5000/a/b:*"]),
            (
                [request(.imagesTag, nil, "a"), request(.imagesPull, nil, "a")],
                ["allow images.pull", "allow images.tag"]
            ),
            (
                [request(.containersRename, "a"), request(.containersStop, "a")],
                ["allow containers.stop", "allow containers.rename"]
            ),
            (
                [request(.execCreate, "a", identity: "x"), request(.systemPing, identity: "y")],
                ["allow system.ping identity=y", "allow exec.create container=a identity=x"]
            ),
            ([request(.agentCompose), request(.unknown)], ["allow agent.compose", "allow unknown"]),
            ([], []),
        ] as [([Request], [String])]
    )
    private func rulesAreFewAndNarrow(requests: [Request], rules: [String]) {
        #expect(
            Set(Self.rules(requests)) == Set(rules) && Self.rules(requests).count == rules.count,
            "\(Self.rules(requests))"
        )
    }

    @Test func commentsSayHowOftenAndWhenLast() {
        let requests = [
            Self.request(.containersStop, "a"), Self.request(.containersStop, "a"), Self.request(.imagesLoad),
        ]
        #expect(
            Suggestion(Self.seen(requests)).text == """
                # What was asked of this host, as rules. Read them before they hold.
                allow containers.stop container=a  # 2 times, last 2026-11-30T00:53:21Z
                allow images.load  # once 2026-11-30T00:53:22Z

                """
        )
        #expect(
            Suggestion(Self.seen(requests)).json.compact
                == #"[{"rule":"allow containers.stop container=a","count":2,"last":"2026-11-30T00:53:21Z"},"#
                + #"{"rule":"allow images.load","count":1,"last":"2026-11-30T00:53:22Z"}]"#
        )
    }

    private static func policy(_ suggestion: Suggestion) throws -> HostPolicy {
        HostPolicy(try PolicyReader.read(Array(suggestion.text.utf8)), from: .file("policy"))
    }

    @Test func whatWasSeenIsAllowed() throws {
        var dice = Dice(seed: 5)
        for _ in 0..<400 {
            let requests = Self.random(&dice)
            let suggestion = Suggestion(Self.seen(requests))
            let policy = try Self.policy(suggestion)
            for (operation, facts) in requests {
                #expect(policy.decide(operation, facts).isAllowed, "\(operation) \(facts) \(suggestion.text)")
            }
        }
    }

    /// With names that rules cannot say, and more of them than are kept.
    private static func random(_ dice: inout Dice) -> [Request] {
        let names =
            (0..<6).map { _ in dice.text(of: "ab#* \u{1b}ü\n-", longest: 6) } + [
                String(repeating: "x", count: 300), nil,
            ]
        let images =
            (0..<6).map { _ in dice.text(of: "ab/:@.*# \u{202e}", longest: 8) } + ["nginx:1", "a.b/c@sha256:ab", nil]
        let operations = (0..<Int.random(in: 1...12, using: &dice)).map { _ in
            Operation.allCases.randomElement(using: &dice)!
        }
        return (0..<Int.random(in: 1...40, using: &dice)).map { _ in
            var facts = HostPolicyTests.facts(
                names.randomElement(using: &dice)!,
                image: images.randomElement(using: &dice)!,
                identity: ["controller", "ops laptop", nil].randomElement(using: &dice)!
            )
            if Bool.random(using: &dice), case .known(let images) = facts.images {
                facts.images = .known(images + [ImageName("other")])
            }
            facts.newName = dice.text(of: "ab", longest: 3)
            return (operations.randomElement(using: &dice)!, facts)
        }
    }
}
