import Testing

@testable import Policy

/// What holds for every policy and every request.
@Suite struct PolicyPropertyTests {
    private static let subjects = [
        "look", "operate", "update", "exec", "files", "all", "exec.*", "containers.*", "images.*", "containers.stop",
        "unknown",
        "agent.*", "networks.connect", "images.pull", "containers.rename",
    ]
    private static let conditions = [
        "container=web-*", "container=db", "container=*", "image=nginx:*", "image=registry.example/*", "label=a=b",
        "label=a=*",
        "identity=controller", "identity=ops-*", "user=app", "user=*", "privileged=no", "privileged=yes",
    ]

    private static func rule(_ dice: inout Dice, _ effects: [String] = ["allow", "allow", "deny"]) -> String {
        let words = (0..<Int.random(in: 0...2, using: &dice)).map { _ in conditions.randomElement(using: &dice)! }
        return ([effects.randomElement(using: &dice)!, self.subjects.randomElement(using: &dice)!] + words).joined(
            separator: " "
        )
    }

    /// Rules that can be read, each with a line of its own; what the reader refuses is left out.
    private static func rules(_ dice: inout Dice, _ effects: [String] = ["allow", "allow", "deny"]) -> [String] {
        (0..<Int.random(in: 0...6, using: &dice)).map { _ in self.rule(&dice, effects) }
            .filter { (try? PolicyReader.read(Array($0.utf8))) != nil }
    }

    /// Read one by one: a file with a rule that changes nothing, or with none, would not be taken.
    private static func policy(_ rules: [String]) throws -> HostPolicy {
        let read = try rules.enumerated().flatMap { index, rule in
            try PolicyReader.read(Array((String(repeating: "\n", count: index) + rule).utf8))
        }
        return HostPolicy(read, from: .file("/p"))
    }

    private static func facts(_ dice: inout Dice) -> RequestFacts {
        let images = ["nginx:1", "registry.example/a:2", "evil.example/x"].map { ImageName($0) }
        var facts = RequestFacts(identity: ["controller", "ops-1", nil].randomElement(using: &dice)!)
        facts.container = .known(
            .init(
                name: ["web-1", "db", "x", ""].randomElement(using: &dice)!,
                labels: [["a": "b"], ["a": "c"], [:]].randomElement(using: &dice)!,
                image: (images + [nil]).randomElement(using: &dice)!
            )
        )
        facts.images = .known(
            (0..<Int.random(in: 1...2, using: &dice)).map { _ in images.randomElement(using: &dice)! }
        )
        facts.exec = .known(
            .init(user: ["app", "root", ""].randomElement(using: &dice)!, isPrivileged: Bool.random(using: &dice))
        )
        facts.newName = ["web-9", "db", "y", nil].randomElement(using: &dice)!
        return facts
    }

    private static let operations = Operation.allCases

    /// A request of which less is known gets nothing more.
    @Test func whatIsNotKnownAllowsNothing() throws {
        var dice = Dice(seed: 11)
        for _ in 0..<800 {
            let rules = Self.rules(&dice)
            let (policy, facts) = (try Self.policy(rules), Self.facts(&dice))
            var blind = facts
            if Bool.random(using: &dice) { blind.container = .unresolved }
            if Bool.random(using: &dice) { blind.images = .unresolved }
            if Bool.random(using: &dice) { blind.exec = .unresolved }
            for operation in Self.operations where policy.decide(operation, blind).isAllowed {
                #expect(policy.decide(operation, facts).isAllowed, "\(rules) \(operation.rawValue) \(facts)")
            }
        }
    }

    /// Facts that are looked for when a decision asks for them lead to the decision of one who knows all of them.
    @Test func askingLeadsToTheSameDecision() throws {
        var dice = Dice(seed: 12)
        for _ in 0..<500 {
            let rules = Self.rules(&dice)
            let (policy, facts) = (try Self.policy(rules), Self.facts(&dice))
            for operation in Self.operations {
                var known = RequestFacts(identity: facts.identity)
                known.newName = facts.newName
                var decision = policy.decide(operation, known)
                var rounds = 0
                while case .needs(let needs) = decision, rounds < 4 {
                    if needs.contains(.container) { known.container = facts.container }
                    if needs.contains(.images) { known.images = facts.images }
                    if needs.contains(.exec) { known.exec = facts.exec }
                    decision = policy.decide(operation, known)
                    rounds += 1
                }
                #expect(decision == policy.decide(operation, facts), "\(rules) \(operation.rawValue) \(facts)")
            }
        }
    }

    @Test func oneMoreDenialInFrontAllowsNothingMore() throws {
        var dice = Dice(seed: 13)
        for _ in 0..<500 {
            let (rules, denial) = (Self.rules(&dice), Self.rules(&dice, ["deny"]).prefix(1))
            let (before, after) = (try Self.policy(rules), try Self.policy(denial + rules))
            let facts = Self.facts(&dice)
            for operation in Self.operations where after.decide(operation, facts).isAllowed {
                #expect(before.decide(operation, facts).isAllowed, "\(denial) \(rules) \(operation.rawValue) \(facts)")
            }
        }
    }

    /// Only a new name may be worth more after it.
    @Test func oneMoreAllowanceAtTheEndDeniesNothingMore() throws {
        var dice = Dice(seed: 14)
        for _ in 0..<500 {
            let (rules, allowance) = (Self.rules(&dice), Self.rules(&dice, ["allow"]).prefix(1))
            let (before, after) = (try Self.policy(rules), try Self.policy(rules + allowance))
            let facts = Self.facts(&dice)
            for operation in Self.operations where operation.newName == nil && before.decide(operation, facts).isAllowed
            {
                #expect(
                    after.decide(operation, facts).isAllowed,
                    "\(rules) \(allowance) \(operation.rawValue) \(facts)"
                )
            }
        }
    }

    /// Whoever follows the advice of a refusal is let through.
    @Test func theLineThatARefusalNamesAllowsTheRequest() throws {
        var dice = Dice(seed: 15)
        var followed = 0
        for _ in 0..<500 {
            let rules = Self.rules(&dice)
            let (policy, facts) = (try Self.policy(rules), Self.facts(&dice))
            for operation in Self.operations {
                guard case .denied(let reason) = policy.decide(operation, facts) else { continue }
                // Another name is the advice there.
                if case .newName = reason { continue }
                // Without its new name a rename cannot be judged, whatever is allowed.
                if operation.newName == .container, facts.newName == nil { continue }
                // A tag names two images.
                if operation == .imagesTag, case .known(let images) = facts.images, images.count < 2 { continue }
                let sentence = PolicyRefusal(host: "h", operation, reason, policy, facts).sentence
                let line = try #require(
                    sentence.firstMatch(of: #/add `(allow [^`]+)`/#).map { String($0.output.1) },
                    "\(sentence)"
                )
                let above = sentence.firstMatch(of: #/above line (\d+) of \/p/#).flatMap { Int($0.output.1) }
                var changed = rules
                changed.insert(line, at: above.map { $0 - 1 } ?? rules.count)
                let decision = try Self.policy(changed).decide(operation, facts)
                if case .denied(.newName) = decision { continue }
                #expect(decision.isAllowed, "\(rules) \(sentence)")
                followed += 1
            }
        }
        #expect(followed > 5_000)
    }
}
