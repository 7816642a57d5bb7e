import Testing

@testable import Policy

@Suite struct NewNameTests {
    private static let operate = "allow operate\nallow exec.* container=web-*"

    private static func rename(_ text: String, _ name: String, to newName: String?) throws -> PolicyDecision {
        var facts = HostPolicyTests.facts(name, image: "nginx:1")
        facts.newName = newName
        return try HostPolicyTests.policy(text).decide(.containersRename, facts)
    }

    @Test(
        arguments: [
            (operate, "db", "web-9", PolicyDecision.denied(.newName(rule: 1, .execCreate))),
            (operate, "web-1", "web-2", .allowed(rule: 0)), (operate, "web-1", "old", .allowed(rule: 0)),
            (operate, "db", "db-2", .allowed(rule: 0)), (operate, "db", nil, .denied(.nothingMatches)),
            ("deny exec container=db*\nallow all", "db-1", "x", .denied(.newName(rule: 0, .containersAttach))),
            ("deny exec container=db*\nallow all", "x", "db-1", .allowed(rule: 1)),
            ("allow look container=web\nallow operate", "db", "web", .allowed(rule: 1)),
            (
                "allow operate\nallow exec container=web-* user=app", "db", "web-1",
                .denied(.newName(rule: 1, .execCreate))
            ),
            ("allow containers.rename image=nginx:*", "db", "web-9", .allowed(rule: 0)),
        ] as [(String, String, String?, PolicyDecision)]
    )
    func aContainerGetsNoNameThatGivesMore(
        text: String,
        name: String,
        newName: String?,
        decision: PolicyDecision
    ) throws {
        #expect(try Self.rename(text, name, to: newName) == decision)
    }

    @Test func theContainerIsAskedFor() throws {
        let policy = try HostPolicyTests.policy(Self.operate)
        #expect(policy.decide(.containersRename, RequestFacts()) == .needs(.container))
        #expect(policy.decide(.containersRename, HostPolicyTests.facts()) == .denied(.nothingMatches))
    }

    /// Without a rule that goes by names there is nothing to gain, and nothing is asked for.
    @Test func namesDoNotMatterWhereNoRuleAsksForThem() throws {
        let policy = try HostPolicyTests.policy("allow operate identity=controller\nallow images.tag identity=*")
        #expect(policy.decide(.containersRename, RequestFacts(identity: "controller")) == .allowed(rule: 0))
        #expect(policy.decide(.imagesTag, RequestFacts(identity: "controller")) == .allowed(rule: 1))
    }

    private static let tags = "allow images.tag\nallow containers.create image=registry.example/*"

    @Test(arguments: [
        (tags, ["evil:1", "registry.example/app:1"], PolicyDecision.denied(.newName(rule: 1, .containersCreate))),
        (tags, ["registry.example/app:1", "registry.example/app:2"], .allowed(rule: 0)),
        (tags, ["registry.example/app:1", "other"], .allowed(rule: 0)), (tags, ["evil", "other"], .allowed(rule: 0)),
        (tags, ["evil", "other", "registry.example/x"], .denied(.newName(rule: 1, .containersCreate))),
        (tags, ["evil"], .denied(.nothingMatches)),
        ("deny images.push image=secret/*\nallow all", ["secret/a", "b"], .denied(.newName(rule: 0, .imagesPush))),
        ("deny images.push image=secret/*\nallow all", ["b", "secret/a"], .allowed(rule: 1)),
        ("allow update image=registry.example/*", ["registry.example/a", "x"], .denied(.nothingMatches)),
    ])
    func anImageGetsNoTagThatGivesMore(text: String, images: [String], decision: PolicyDecision) throws {
        var facts = RequestFacts(identity: "controller")
        facts.images = .known(images.map { ImageName($0) })
        #expect(try HostPolicyTests.policy(text).decide(.imagesTag, facts) == decision)
    }

    @Test func theImagesAreAskedFor() throws {
        let policy = try HostPolicyTests.policy(Self.tags)
        #expect(policy.decide(.imagesTag, RequestFacts()) == .needs(.images))
        #expect(policy.decide(.imagesTag, HostPolicyTests.facts()) == .denied(.nothingMatches))
    }
}
