import NIOCore
import Testing

@testable import Agent

@Suite struct AgentContainersTests {
    private static let own = "0123456789ab"
    private static let list = """
        [{"Id":"0123456789abcdef","Names":["/agent"],"Image":"ghcr.io/example/lookout:1.0","Labels":{"a":"b"}},
         {"Id":"fedcba9876543210","Names":["/old","/link"],"Image":"docker.io/codeswhat/portwing:0.9.25"},
         {"Id":"aaaa","Names":["/web"],"Image":"nginx"},{"Id":"bbbb","Names":null,"Image":"sha256:0123"}]
        """

    private static func check(_ list: String, hostname: String, isInContainer: Bool) -> Check? {
        AgentContainers(in: ByteBuffer(string: list))?.check(hostname: hostname, isInContainer: isInContainer)
    }

    @Test(arguments: [
        ("lookout", true), ("lookout:1.0", true), ("registry.example:5000/a/b/lookout-compose@sha256:00", true),
        ("codeswhat/portwing", true), ("lookouts", false), ("my-lookout", false), ("lookout/web", false), ("", false),
        ("sha256:0123", false),
    ])
    func anAgentIsKnownByTheLastPartOfItsImage(image: String, isAgent: Bool) {
        #expect(AgentContainers.isAgent(image) == isAgent)
    }

    @Test func anotherAgentIsNamedWithTheRemedy() throws {
        let check = try #require(Self.check(Self.list, hostname: Self.own, isInContainer: true))
        #expect(check.isGood, "it is a note: the other one may report to another controller")
        #expect(
            check.text.hasPrefix("on this engine old (docker.io/codeswhat/portwing:0.9.25) looks like an agent too")
        )
        #expect(check.text.contains("since 1.7.0-rc.5"))
    }

    @Test func onTheHostBothAreOthers() throws {
        let check = try #require(Self.check(Self.list, hostname: "host", isInContainer: false))
        #expect(check.text.contains("agent (ghcr.io/example/lookout:1.0), old ("))
        #expect(check.text.contains("look like agents too"))
    }

    @Test(arguments: ["0123456789ab", "edge-host-01", ""])
    func itsOwnContainerIsNoOther(hostname: String) {
        let list = #"[{"Id":"0123456789abcdef","Names":["/agent"],"Image":"lookout"}]"#
        #expect(Self.check(list, hostname: hostname, isInContainer: true) == nil)
    }

    @Test(arguments: ["[]", "{}", "", "[1]", #"[{"Image":7}]"#, #"[{"Image":"lookout""#])
    func whatIsNoListSaysNothing(list: String) {
        #expect(Self.check(list, hostname: "host", isInContainer: false) == nil)
    }
}
