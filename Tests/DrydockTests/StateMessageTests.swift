import Foundation
import NIOCore
import Testing

@testable import DockerBridge
@testable import Drydock

@Suite struct StateMessageTests {
    private static let object = ContainerObject(schema: .open, agentName: "edge-1", sendsEnvironment: false)

    private static func record(_ id: String) -> ContainerRecord {
        ContainerRecord(id: id, name: "n-\(id)", status: .running, imageID: "i", imageName: "app")
    }

    private func text(_ message: StateMessage) -> String {
        var buffer = ByteBuffer()
        message.write(as: Self.object, into: &buffer)
        return String(buffer: buffer)
    }

    private func sync(_ records: inout ArraySlice<ContainerRecord>, limit: Int = 1 << 20) -> String {
        // What is there already does not count.
        var buffer = ByteBuffer(string: "frame")
        StateMessage.writeSync(&records, as: Self.object, limit: limit, into: &buffer)
        return String(String(buffer: buffer).dropFirst(5))
    }

    @Test func theMarkersInviteTheController() {
        let text = self.text(.components(isReadOnly: false))
        #expect(
            text == """
                {"type":"dd:component_sync","data":{"watchers":[{"type":"docker","name":"docker","configuration":\
                {"description":"Containers of this host","capabilities":["container-sync","labels"],\
                "transport":"docker-api","execution":"controller","events":"portwing"}}],"triggers":[]}}
                """
        )
    }

    @Test func readOnlyHasNone() {
        let text = self.text(.components(isReadOnly: true))
        for marker in ["transport", "execution", "portwing"] { #expect(!text.contains(marker)) }
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
    }

    @Test func aSyncTakesWhatFits() throws {
        var one = ["a", "b", "c"].map(Self.record)[...]
        let all = self.sync(&one)
        #expect(one.isEmpty)
        var rest = ["a", "b", "c"].map(Self.record)[...]
        let cut = self.sync(&rest, limit: all.utf8.count - 1)
        #expect(rest.map(\.id) == ["c"])
        #expect(all.hasPrefix(cut.dropLast(3)))
        #expect(cut.hasSuffix("]}}"))
        var fitting = ["a", "b", "c"].map(Self.record)[...]
        let whole = self.sync(&fitting, limit: all.utf8.count)
        #expect(whole == all)
    }

    @Test func noContainersAreAnEmptyList() {
        var none: ArraySlice<ContainerRecord> = []
        let text = self.sync(&none)
        #expect(text == #"{"type":"dd:container_sync","data":{"containers":[]}}"#)
    }

    @Test func anUpdateHasDetailsOnlyWhereTheyChanged() {
        for hasNewDetails in [true, false] {
            let update = InventoryChanges.Update(record: Self.record("a"), hasNewDetails: hasNewDetails)
            let text = self.text(.updated(update))
            #expect(text.hasPrefix(#"{"type":"dd:container_updated","data":{"container":{"id":"a""#))
            #expect(text.contains("details") == hasNewDetails)
        }
    }

    @Test func aRemovalHasIDAndName() {
        let container = ContainerName(id: "a", name: "n")
        let text = self.text(.removed(container))
        #expect(text == #"{"type":"dd:container_removed","data":{"id":"a","name":"n"}}"#)
    }

    @Test(arguments: [(0, "0.00"), (7.004, "7.00"), (7.056, "7.06"), (99.999, "100.00"), (140, "100.00"), (-1, "0.00")])
    func figuresAreNumbers(usage: Double, text: String) {
        var figures = HostFigures()
        figures.cpuUsage = usage
        figures.memoryTotal = 1 << 40
        figures.disk = .unknown("why")
        #expect(
            self.text(.metrics(figures)) == """
                {"type":"metrics","data":{"cpuUsage":\(text),"cpuCores":0,"memoryTotal":1099511627776,"memoryUsed":0,\
                "memoryFree":0,"diskTotal":0,"diskUsed":0,"diskFree":0,"diskMetricsAvailable":false,"diskError":"why",\
                "networkRxBytes":0,"networkTxBytes":0,"uptime":0}}
                """
        )
        figures.disk = .measured(DiskSpace(total: 3, used: 2, free: 1))
        let measured = self.text(.metrics(figures))
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
            self.text(.event(event)) == """
                {"type":"container_event","data":{"containerId":"a","containerName":"n","image":"app","action":"start",\
                "actorAttributes":{"name":"n"},"timestamp":7}}
                """
        )
    }
}
