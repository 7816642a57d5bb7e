import Testing

@testable import Policy

@Suite struct ConditionTests {
    private static func rule(_ text: String) throws -> PolicyRule {
        try #require(try PolicyReader.read(Array(text.utf8)).first)
    }

    private static let web = RequestFacts.Container(
        name: "web-1",
        labels: ["team": "a", "empty": ""],
        image: ImageName("nginx:1.27")
    )

    private static var facts: RequestFacts {
        var facts = RequestFacts(identity: "ops-laptop")
        facts.container = .known(Self.web)
        facts.images = .known([ImageName("registry.example/app:1"), ImageName("nginx:1.27")])
        facts.exec = .known(.init(user: "app", isPrivileged: false))
        return facts
    }

    @Test(arguments: [
        ("allow containers.stop container=web-*", Operation.containersStop, Holding.yes),
        ("allow containers.stop container=web", .containersStop, .no),
        ("allow containers.stop label=team=a", .containersStop, .yes),
        ("allow containers.stop label=team=b", .containersStop, .no),
        ("allow containers.stop label=empty=*", .containersStop, .yes),
        ("allow containers.stop label=missing=*", .containersStop, .no),
        ("allow containers.stop image=nginx:*", .containersStop, .yes),
        ("allow containers.stop image=docker.io/*", .containersStop, .yes),
        ("allow containers.stop image=registry.example/*", .containersStop, .no),
        ("allow exec.create user=app", .execCreate, .yes), ("allow exec.create user=root", .execCreate, .no),
        ("allow exec.create privileged=no", .execCreate, .yes), ("allow exec.create privileged=yes", .execCreate, .no),
        ("allow look identity=ops-*", .systemPing, .yes), ("allow look identity=other", .systemPing, .no),
        ("allow exec.* container=web-1 user=app identity=*", .execStart, .yes),
        ("allow exec.* container=web-1 user=root identity=*", .execStart, .no),
        // All images of an allowed request must match, and one of a denied one is enough.
        ("allow images.save image=registry.example/*", .imagesSave, .no),
        ("deny images.save image=registry.example/*", .imagesSave, .yes),
        ("deny images.save image=quay.io/*", .imagesSave, .no),
    ])
    func aConditionIsHeldAgainstFacts(text: String, operation: Operation, holding: Holding) throws {
        #expect(try Self.rule(text).holds(operation, Self.facts) == holding)
    }

    /// As the engine compares it. The first letter is the sign for kelvin, which Swift takes for a K.
    @Test func theNameOfALabelIsComparedByteByByte() throws {
        var facts = Self.facts
        facts.container = .known(.init(name: "web", labels: ["\u{212A}ind": "x", "\u{E9}": "y"]))
        for (label, holding) in [
            ("Kind=x", Holding.no), ("\u{212A}ind=x", .yes), ("\u{E9}=y", .yes), ("e\u{301}=y", .no),
        ] {
            #expect(try Self.rule("allow containers.stop label=\(label)").holds(.containersStop, facts) == holding)
        }
    }

    /// Nothing is allowed by a condition that cannot be decided, and nothing escapes one.
    @Test(arguments: [
        ("containers.stop container=*", Operation.containersStop), ("containers.stop label=a=*", .containersStop),
        ("containers.stop image=*", .containersStop), ("images.pull image=*", .imagesPull),
        ("exec.create privileged=yes", .execCreate), ("look identity=*", .systemPing),
    ])
    func whatIsNotFoundIsNotAllowedAndIsDenied(rule: String, operation: Operation) throws {
        var facts = RequestFacts()
        (facts.container, facts.images, facts.exec) = (.unresolved, .unresolved, .unresolved)
        #expect(try Self.rule("allow \(rule)").holds(operation, facts) == .no)
        #expect(try Self.rule("deny \(rule)").holds(operation, facts) == .yes)
    }

    @Test func anImageWithoutANameIsNotFound() throws {
        var facts = Self.facts
        facts.container = .known(.init(name: "web-1"))
        facts.images = .known([])
        #expect(try Self.rule("allow containers.stop image=*").holds(.containersStop, facts) == .no)
        #expect(try Self.rule("deny containers.stop image=a").holds(.containersStop, facts) == .yes)
        #expect(try Self.rule("allow images.save image=*").holds(.imagesSave, facts) == .no)
        #expect(try Self.rule("deny images.save image=a").holds(.imagesSave, facts) == .yes)
    }

    @Test(arguments: [
        ("allow exec.* container=web-1", Operation.execCreate, RequestFacts.Needs.container),
        ("allow exec.* container=web-1 user=app", .execCreate, RequestFacts.Needs([.container, .exec])),
        ("allow containers.stop image=a", .containersStop, .container),
        ("allow images.pull image=a", .imagesPull, .images),
        ("allow exec.* privileged=no", .execStart, .exec), ("deny containers.* label=a=b", .containersKill, .container),
    ])
    func factsAreAskedForOnce(text: String, operation: Operation, needs: RequestFacts.Needs) throws {
        #expect(try Self.rule(text).holds(operation, RequestFacts()) == .depends(needs))
    }

    /// A condition that fails by what is known already saves the search.
    @Test func nothingIsAskedForWhereAnotherConditionFails() throws {
        let rule = try Self.rule("allow exec.* container=web-1 identity=other")
        #expect(rule.holds(.execCreate, RequestFacts(identity: "ops-laptop")) == .no)
    }

    /// Which operations of a subject a rule is about.
    @Test(arguments: [
        ("allow all container=*", Operation.systemPing, false), ("allow all container=*", .containersPrune, false),
        ("allow all container=*", .containersStop, true), ("deny all container=db", .containersPrune, true),
        ("deny all container=db", .agentCompose, true), ("deny all container=db", .unknown, true),
        ("deny all container=db", .imagesPull, false), ("deny all container=db", .containersList, false),
        ("deny all image=x", .imagesBuild, true), ("deny all image=x", .imagesLoad, true),
        ("allow all image=x", .imagesBuild, false), ("allow exec user=app", .containersAttach, false),
        ("allow exec user=app", .execStart, true), ("allow all identity=a", .unknown, true),
        ("deny all privileged=yes", .unknown, true), ("deny all privileged=yes", .containersCreate, false),
    ])
    func aRuleIsAboutWhatItsConditionsCanHoldFor(text: String, operation: Operation, isAbout: Bool) throws {
        #expect(try Self.rule(text).operations.contains(operation) == isAbout)
    }
}
