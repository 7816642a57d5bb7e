import Foundation
import Synchronization
import Testing

@testable import Auth

@Suite struct AuditWriterTests {
    private let folder: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
    }

    private func record(_ number: Int) -> AuditRecord {
        .composeOperation(at: .now, actor: "a", operation: "up", stack: "s\(number)", outcome: .allowed)
    }

    private func queue(_ count: Int) -> FirstInFirstOut<AuditRecord> {
        var records = FirstInFirstOut<AuditRecord>()
        for number in 0..<count { records.append(self.record(number)) }
        return records
    }

    @Test func saysHowManyRecordsFoundNoRoom() throws {
        let path = self.folder.file("audit")
        var writer = try AuditWriter(.file(path), signer: nil, now: .vector) { _ in }
        writer.write(self.queue(2), lost: 5, at: .vector)
        let text = Array(try self.folder.read("audit").utf8)
        let report = AuditVerifier.verify(text.span, key: nil)
        #expect(report.problems.map(\.kind) == [.lostRecords])
        #expect(report.problems.first?.detail.hasPrefix("5 records") == true)
    }

    @Test func aCheckpointIsDueTenMinutesAfterTheFirstRecord() throws {
        let path = self.folder.file("audit")
        let key = SigningKey.generate()
        var writer = try AuditWriter(.file(path), signer: key, now: .vector) { _ in }
        writer.write(self.queue(1), lost: 0, at: .vector)
        let isWaiting = writer.awaitsCheckpoint
        writer.writeCheckpointIfDue(at: .vector + 599)
        #expect(try self.folder.read("audit").contains("audit_checkpoint") == false)
        writer.writeCheckpointIfDue(at: .vector + 600)
        #expect(try self.folder.read("audit").contains("audit_checkpoint"))
        #expect(isWaiting && !writer.awaitsCheckpoint)
    }

    @Test func aFileOfSomebodyElseIsContinuedAfterReopening() throws {
        let path = self.folder.file("audit")
        var writer = try AuditWriter(.file(path), signer: nil, now: .vector) { _ in }
        writer.write(self.queue(1), lost: 0, at: .vector)
        var other = try AuditWriter(.file(self.folder.file("other")), signer: nil, now: .vector) { _ in }
        other.write(self.queue(2), lost: 0, at: .vector)
        try #require(rename(self.folder.file("other"), path) == 0)
        try writer.reopen(at: .vector)
        writer.write(self.queue(1), lost: 0, at: .vector)
        let report = AuditVerifier.verify(Array(try self.folder.read("audit").utf8).span, key: nil)
        #expect(report.problems.isEmpty)
        #expect(report.lines == 4, "two of the other's, the one that says where we go on, and ours")
    }

    @Test func aFullDiskIsReportedOnceAMinute() throws {
        let reports = Mutex<[String]>([])
        var writer = try AuditWriter(.file("/dev/full"), signer: nil, now: .vector) { text in
            reports.withLock { $0.append(text) }
        }
        writer.write(self.queue(3), lost: 0, at: .vector)
        writer.write(self.queue(1), lost: 0, at: .vector + 59)
        writer.write(self.queue(1), lost: 2, at: .vector + 60)
        let texts = reports.withLock { $0 }
        #expect(texts.count == 2)
        #expect(texts.allSatisfy { $0.contains("No space left") })
    }
}
