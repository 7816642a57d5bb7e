import Auth
import Base
import DequeModule
import Testing

@testable import Trail

@Suite struct AuditBacklogTests {
    private func record(pathBytes: Int) -> AuditRecord {
        .apiRequest(
            at: UnixTime(seconds: 0),
            actor: "a",
            method: "GET",
            path: String(repeating: "p", count: pathBytes),
            status: 200,
            duration: .zero,
            identity: nil
        )
    }

    @Test func aLongPathIsCutBeforeItWaits() {
        var backlog = AuditBacklog()
        let hasRoom = backlog.add(self.record(pathBytes: 64 * 1024))
        #expect(hasRoom)
        #expect(backlog.records[0].textBytes < AuditRecord.maxTextBytes + 32)
        #expect(backlog.textBytes == backlog.records[0].textBytes)
    }

    @Test func itsTextsHaveABoundTogether() {
        var backlog = AuditBacklog()
        let record = self.record(pathBytes: 64 * 1024)
        for _ in 0..<AuditBacklog.maxRecords { _ = backlog.add(record) }
        #expect(backlog.textBytes <= AuditBacklog.maxTextBytes)
        #expect(backlog.records.count > 2000 && backlog.lost == AuditBacklog.maxRecords - backlog.records.count)
    }

    @Test func itsRecordsHaveABound() {
        var backlog = AuditBacklog()
        for _ in 0..<AuditBacklog.maxRecords + 5 { _ = backlog.add(self.record(pathBytes: 1)) }
        #expect(backlog.records.count == AuditBacklog.maxRecords)
        #expect(backlog.lost == 5)
    }
}
