import Foundation
import NIOCore
import Support
import Testing

@testable import DockerBridge
@testable import EdgeTunnel

@Suite struct StateFramesTests {
    static let object = ContainerObject(schema: .open, agentName: "edge-1", sendsEnvironment: false)

    static func record(_ id: String) -> ContainerRecord {
        ContainerRecord(id: id, name: "n-\(id)", status: .running, imageID: "i", imageName: "app")
    }

    private func text(_ frame: consuming FrameBuilder) -> String {
        frame.withReadableBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test func theMarkersInviteTheController() {
        let text = self.text(StateFrames.components(isReadOnly: false, allocator: testAllocator))
        #expect(
            text == """
                {"type":"dd:component_sync","data":{"watchers":[{"type":"docker","name":"docker","configuration":\
                {"description":"Containers of this host","capabilities":["container-sync","labels"],\
                "transport":"docker-api","execution":"controller","events":"portwing"}}],"triggers":[]}}
                """
        )
    }

    @Test func readOnlyHasNone() {
        let text = self.text(StateFrames.components(isReadOnly: true, allocator: testAllocator))
        for marker in ["transport", "execution", "portwing"] { #expect(!text.contains(marker)) }
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
    }

    @Test func aSyncTakesWhatFits() throws {
        var one = ["a", "b", "c"].map(Self.record)[...]
        let all = self.text(StateFrames.sync(&one, as: Self.object, allocator: testAllocator))
        #expect(one.isEmpty)
        var rest = ["a", "b", "c"].map(Self.record)[...]
        let cut = self.text(
            StateFrames.sync(&rest, as: Self.object, limit: all.utf8.count - 1, allocator: testAllocator)
        )
        #expect(rest.map(\.id) == ["c"])
        #expect(all.hasPrefix(cut.dropLast(3)))
        #expect(cut.hasSuffix("]}}"))
        var fitting = ["a", "b", "c"].map(Self.record)[...]
        let whole = self.text(
            StateFrames.sync(&fitting, as: Self.object, limit: all.utf8.count, allocator: testAllocator)
        )
        #expect(whole == all)
    }

    @Test func noContainersAreAnEmptyList() {
        var none: ArraySlice<ContainerRecord> = []
        let text = self.text(StateFrames.sync(&none, as: Self.object, allocator: testAllocator))
        #expect(text == #"{"type":"dd:container_sync","data":{"containers":[]}}"#)
    }

    @Test func anUpdateHasDetailsOnlyWhereTheyChanged() {
        for hasNewDetails in [true, false] {
            let update = InventoryChanges.Update(record: Self.record("a"), hasNewDetails: hasNewDetails)
            let text = self.text(StateFrames.updated(update, as: Self.object, allocator: testAllocator))
            #expect(text.hasPrefix(#"{"type":"dd:container_updated","data":{"container":{"id":"a""#))
            #expect(text.contains("details") == hasNewDetails)
        }
    }

    @Test func aRemovalHasIDAndName() {
        let container = ContainerName(id: "a", name: "n")
        let text = self.text(StateFrames.removed(container, allocator: testAllocator))
        #expect(text == #"{"type":"dd:container_removed","data":{"id":"a","name":"n"}}"#)
    }

    @Test(arguments: [(0, "0.00"), (7.004, "7.00"), (7.056, "7.06"), (99.999, "100.00"), (140, "100.00"), (-1, "0.00")])
    func figuresAreNumbers(usage: Double, text: String) {
        var figures = HostFigures()
        figures.cpuUsage = usage
        figures.memoryTotal = 1 << 40
        figures.disk = .unknown("why")
        #expect(
            self.text(StateFrames.metrics(figures, allocator: testAllocator)) == """
                {"type":"metrics","data":{"cpuUsage":\(text),"cpuCores":0,"memoryTotal":1099511627776,"memoryUsed":0,\
                "memoryFree":0,"diskTotal":0,"diskUsed":0,"diskFree":0,"diskMetricsAvailable":false,"diskError":"why",\
                "networkRxBytes":0,"networkTxBytes":0,"uptime":0}}
                """
        )
        figures.disk = .measured(DiskSpace(total: 3, used: 2, free: 1))
        let measured = self.text(StateFrames.metrics(figures, allocator: testAllocator))
        #expect(measured.contains(#""diskTotal":3,"diskUsed":2,"diskFree":1,"diskMetricsAvailable":true,"networkRx"#))
    }

    @Test func anEventIsToldAsTheEngineTellsIt() {
        let event = EngineEvent(
            action: "start",
            containerID: "a",
            containerName: "n",
            image: "app",
            attributes: [ContainerRecord.Pair("name", "n")],
            time: 7_000_000_001
        )
        #expect(
            self.text(StateFrames.event(event, allocator: testAllocator)) == """
                {"type":"container_event","data":{"containerId":"a","containerName":"n","image":"app","action":"start",\
                "actorAttributes":{"name":"n"},"timestamp":7}}
                """
        )
    }
}
