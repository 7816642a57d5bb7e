import NIOCore
import Testing

@testable import DockerBridge

@Suite struct ListedContainerTests {
    private static func entry(_ id: String, _ rest: String) -> String { #"{"Id":"\#(id)",\#(rest)}"# }

    private static func read(_ id: String, _ entries: String...) -> ContainerRecord? {
        ListedContainer.read(id, in: ByteBuffer(string: "[\(entries.joined(separator: ","))]"))
    }

    @Test func whatTheListSaysIsKept() throws {
        let entry = Self.entry(
            "ab12",
            #""Names":["/other/web","/web"],"Image":"nginx:1","ImageID":"sha256:1","State":"dead","#
                + #""Labels":{"b":"2","a":"1"},"Ports":[],"Status":"Dead""#
        )
        let record = try #require(Self.read("ab12", Self.entry("ab123", #""Names":["/x"]"#), entry))
        #expect(record.name == "web")
        #expect(record.imageName == "nginx:1")
        #expect(record.imageID == "sha256:1")
        #expect(record.status == .dead)
        #expect(record.labels == [ContainerRecord.Pair("a", "1"), ContainerRecord.Pair("b", "2")])
    }

    @Test(arguments: [
        ("exited", ContainerRecord.Status.stopped), ("removing", .stopped), ("paused", .paused), ("", .stopped),
    ])
    func everyStateHasAWordOfOurs(state: String, status: ContainerRecord.Status) {
        #expect(Self.read("a", Self.entry("a", #""Names":["/x"],"State":"\#(state)""#))?.status == status)
    }

    @Test func whatCannotStandForAContainerIsNone() {
        #expect(Self.read("a", Self.entry("b", #""Names":["/x"]"#)) == nil)
        #expect(Self.read("a", Self.entry("a", #""Names":[]"#)) == nil)
        #expect(Self.read("a", Self.entry("a", #""Names":["/\#(String(repeating: "x", count: 300_000))"]"#)) == nil)
        let many = { (text: String) in repeatElement(text, count: 100_000).joined(separator: ",") }
        #expect(
            Self.read("a", Self.entry("a", #""Names":["/x",\#(many(#""""#)),\#(many(#""""#)),\#(many(#""""#))]"#))
                == nil
        )
        #expect(Self.read("a", Self.entry("a", #""Names":["/x"],"Labels":{\#(many(#""":"""#))}"#)) == nil)
        #expect(ListedContainer.read("a", in: ByteBuffer(string: #"{"message":"no"}"#)) == nil)
        #expect(ListedContainer.read("a", in: ByteBuffer(string: #"[{"Id":"a""#)) == nil)
    }

    @Test(arguments: ["", "a/b", "a\"b", "ä", "a b"]) func anIDThatIsNoneIsNotAskedFor(id: String) {
        #expect(ListedContainer.target(id) == nil)
    }
}
