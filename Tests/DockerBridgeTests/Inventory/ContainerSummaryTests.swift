import NIOCore
import Testing

@testable import DockerBridge

@Suite struct ContainerSummaryTests {
    private func mark(_ status: String, state: String = "running") throws -> String {
        let text = #"[{"Id":"c1","Names":["/web"],"ImageID":"i1","State":"\#(state)","Status":"\#(status)"}]"#
        return try #require(ContainerSummary.list(ByteBuffer(string: text))?.first).mark
    }

    @Test func timeThatPassesIsNoChange() throws {
        #expect(try self.mark("Up 5 minutes") == self.mark("Up About an hour"))
        #expect(try self.mark("Up 5 minutes (healthy)") == self.mark("Up 6 minutes (healthy)"))
        #expect(try self.mark("Exited (0) 5 minutes ago") == self.mark("Exited (0) 2 days ago"))
    }

    @Test func everythingElseIs() throws {
        let marks = [
            try self.mark("Up 5 minutes"), try self.mark("Up 5 minutes (healthy)"),
            try self.mark("Up 5 minutes (unhealthy)"), try self.mark("Up 5 minutes (Paused)", state: "paused"),
            try self.mark("Exited (0) 5 minutes ago", state: "exited"),
            try self.mark("Exited (1) 5 minutes ago", state: "exited"),
        ]
        #expect(Set(marks).count == marks.count)
    }

    @Test func anEntryWithoutAnIDIsLeftOut() {
        let list = ContainerSummary.list(ByteBuffer(string: #"[{"Names":["/x"]},7,{"Id":"c2"},{"Id":""}]"#))
        #expect(list?.map(\.id) == ["c2"])
    }

    @Test(arguments: ["", "{}", #"{"message":"no"}"#, "[{", "null"])
    func anythingElseIsNoList(text: String) {
        #expect(ContainerSummary.list(ByteBuffer(string: text)) == nil)
    }

    @Test func anEndlessListIsKeptToItsLimit() throws {
        let count = Inventory.maximumContainers + 100
        let entries = (0..<count).map { #"{"Id":"c\#($0)"}"# }.joined(separator: ",")
        let list = try #require(ContainerSummary.list(ByteBuffer(string: "[\(entries)]")))
        // One more tells that there are more.
        #expect(list.count == Inventory.maximumContainers + 1)
    }

    @Test func aMarkHasALimitAndTellsAChangeAllTheSame() throws {
        let mark = { (state: String) in
            let text = #"[{"Id":"c","State":"\#(state)"}]"#
            return try #require(ContainerSummary.list(ByteBuffer(string: text))).first?.mark
        }
        let long = String(repeating: "s", count: 100_000)
        #expect(try mark(long)?.utf8.count ?? .max < 64)
        #expect(try mark(long) == mark(long))
        #expect(try mark(long) != mark(long + "s"))
    }
}
