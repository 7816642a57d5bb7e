import Testing

@testable import Policy

@Suite struct HostPolicyTests {
    static func policy(_ text: String) throws -> HostPolicy {
        HostPolicy(try PolicyReader.read(Array(text.utf8)), from: .file("/etc/lookout/policy"))
    }

    static func facts(
        _ name: String? = nil,
        image: String? = nil,
        user: String? = nil,
        identity: String? = "controller"
    ) -> RequestFacts {
        var facts = RequestFacts(identity: identity)
        let name = name.map { RequestFacts.Container(name: $0, image: image.map { ImageName($0) }) }
        facts.container = name.map { .known($0) } ?? .unresolved
        facts.images = image.map { .known([ImageName($0)]) } ?? .unresolved
        facts.exec = user.map { .known(.init(user: $0, isPrivileged: false)) } ?? .unresolved
        return facts
    }

    private static let example = """
        # presets and single operations, with conditions
        allow look
        allow containers.restart   container=web-*
        allow exec.*               container=web-* user=app
        deny  images.pull          image=*/untrusted/*
        allow update               image=registry.example/*
        allow all                  identity=ops-laptop
        """

    @Test(arguments: [
        (Operation.systemPing, facts(), PolicyDecision.allowed(rule: 0)),
        (.containersRestart, facts("web-1"), .allowed(rule: 1)),
        (.containersRestart, facts("db"), .denied(.nothingMatches)),
        (.containersRestart, facts("db", image: "registry.example/db"), .allowed(rule: 4)),
        (.execCreate, facts("web-1", user: "app"), .allowed(rule: 2)),
        (.execCreate, facts("web-1", user: "root"), .denied(.nothingMatches)),
        (.execCreate, facts("web-1", user: ""), .denied(.nothingMatches)),
        (.execCreate, facts("db", user: "root", identity: "ops-laptop"), .allowed(rule: 5)),
        (.imagesPull, facts(image: "r.example/untrusted/x:1"), .denied(.rule(3))),
        (.imagesPull, facts(image: "r.example/untrusted/x:1", identity: "ops-laptop"), .denied(.rule(3))),
        (.imagesPull, facts(image: "registry.example/untrusted/x:1"), .denied(.rule(3))),
        (.imagesPull, facts(image: "registry.example/x:1"), .allowed(rule: 4)),
        (.imagesPull, facts(image: "nginx"), .denied(.nothingMatches)), (.unknown, facts(), .denied(.nothingMatches)),
        (.unknown, facts(identity: "ops-laptop"), .allowed(rule: 5)),
        (.containersRestart, facts(), .denied(.nothingMatches)), (.imagesPull, facts(), .denied(.rule(3))),
    ])
    func theFirstRuleThatHoldsDecides(operation: Operation, facts: RequestFacts, decision: PolicyDecision) throws {
        #expect(try Self.policy(Self.example).decide(operation, facts) == decision)
    }

    @Test func factsAreAskedForOnlyByRulesThatNeedThem() throws {
        let policy = try Self.policy(Self.example)
        let facts = RequestFacts(identity: "controller")
        #expect(policy.decide(.containersLogs, facts) == .allowed(rule: 0))
        #expect(policy.decide(.imagesBuild, facts) == .denied(.nothingMatches))
        #expect(policy.decide(.containersRestart, facts) == .needs(.container))
        #expect(policy.decide(.execCreate, facts) == .needs([.container, .exec]))
        #expect(policy.decide(.imagesPull, facts) == .needs(.images))
    }

    /// Every fact that a decision may ask for is enough for it, so a caller asks twice at most for each of them.
    @Test func aDecisionThatHasItsFactsAsksForNothingMore() throws {
        let policy = try Self.policy(Self.example + "\nallow containers.rename\nallow images.tag")
        for operation in Operation.allCases {
            var facts = RequestFacts(identity: "controller")
            var rounds = 0
            while case .needs(let needs) = policy.decide(operation, facts) {
                if needs.contains(.container) { facts.container = .unresolved }
                if needs.contains(.images) { facts.images = .unresolved }
                if needs.contains(.exec) { facts.exec = .unresolved }
                rounds += 1
                try #require(rounds <= 3)
            }
        }
    }

    @Test(arguments: [
        (Operation.systemPing, HostPolicy.Outcomes.allowed), (.containersRestart, .either), (.imagesPull, .either),
        (.containersPrune, .either), (.unknown, .either),
    ])
    func outcomesWithAnIdentity(operation: Operation, outcomes: HostPolicy.Outcomes) throws {
        #expect(try Self.policy(Self.example).outcomes(operation) == outcomes)
    }

    @Test(arguments: [
        ("allow look", Operation.containersList, HostPolicy.Outcomes.allowed), ("allow look", .containersStop, .denied),
        ("allow look container=a", .containersList, .denied), ("allow look container=a", .containersLogs, .either),
        ("deny all container=db\nallow all", .containersStop, .either),
        ("deny all container=db\nallow all", .containersPrune, .denied),
        ("deny all container=db\nallow all", .containersList, .allowed),
        ("deny exec\nallow all", .execCreate, .denied), ("deny exec\nallow all", .containersStop, .allowed),
        ("allow exec container=a\nallow exec", .execCreate, .allowed),
        ("deny all container=a\nallow look", .containersStop, .denied),
        ("allow all", .containersRename, .allowed),
        ("allow all container=a\nallow all", .containersRename, .either),
        ("allow all image=a\nallow all", .imagesTag, .either),
        ("allow all image=a\nallow all", .containersRename, .allowed),
    ])
    func outcomes(text: String, operation: Operation, outcomes: HostPolicy.Outcomes) throws {
        let policy = try Self.policy(text)
        #expect(policy.outcomes(operation) == outcomes)
    }

    /// What is settled without facts is what a decision says, whatever the facts are.
    @Test func outcomesAgreeWithDecisions() throws {
        var dice = Dice(seed: 4)
        for _ in 0..<300 {
            let policy = try Self.random(&dice)
            for operation in Operation.allCases {
                let (name, image) = (
                    ["web-1", "db", nil].randomElement(using: &dice)!, ["nginx:1", nil].randomElement(using: &dice)!
                )
                var facts = Self.facts(name, image: image, user: ["app", nil].randomElement(using: &dice)!)
                facts.newName = ["web-2", "x"].randomElement(using: &dice)!
                let isAllowed = policy.decide(operation, facts).isAllowed
                if policy.allowed.contains(operation) { #expect(isAllowed, "\(policy.rules.map(\.text)) \(operation)") }
                if policy.denied.contains(operation) { #expect(!isAllowed, "\(policy.rules.map(\.text)) \(operation)") }
            }
        }
    }

    private static func random(_ dice: inout Dice) throws -> HostPolicy {
        let subjects = ["look", "operate", "all", "exec.*", "containers.stop", "update", "images.*"]
        let conditions = ["", "", "container=web-*", "image=nginx:*", "label=a=b", "identity=controller"]
        let rules = (0..<4).compactMap { number -> PolicyRule? in
            let effect = ["allow", "allow", "deny"].randomElement(using: &dice)!
            let text = "\(effect) \(subjects.randomElement(using: &dice)!) \(conditions.randomElement(using: &dice)!)"
            return try? PolicyReader.read(Array(text.utf8)).first
        }
        return HostPolicy(rules, from: .file("policy"))
    }

    @Test func presetsAreAPolicyWithoutConditions() {
        let policy = HostPolicy([.operate, .exec], setting: "POLICY=operate+exec")
        #expect(policy.allowed == Preset.operate.operations.union(Preset.exec.operations))
        #expect(policy.denied == OperationSet.all.subtracting(policy.allowed))
        #expect(policy.decide(.containersStop, RequestFacts()) == .allowed(rule: 0))
        #expect(policy.decide(.execCreate, RequestFacts()) == .allowed(rule: 1))
        #expect(policy.decide(.imagesPull, RequestFacts()) == .denied(.nothingMatches))
        #expect(!policy.allowsEverything && HostPolicy([.all], setting: "POLICY=all").allowsEverything)
    }

    @Test func aRuleOfAFileHasItsLine() throws {
        let policy = try Self.policy(Self.example)
        #expect(policy.line(of: .rule(3)) == 5 && policy.line(of: .nothingMatches) == nil)
        #expect(policy.line(ofRule: 0) == 2)
        #expect(HostPolicy([.look], setting: "POLICY=look").line(ofRule: 0) == nil)
    }
}
