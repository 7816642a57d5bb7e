import Auth
import Base
import DequeModule
import Foundation
import Support
import Synchronization
import Testing

@testable import Trail

@Suite struct AuditWriterTests {
    private let folder: TemporaryFolder

    init() throws {
        self.folder = try TemporaryFolder()
    }

    private func record(_ number: Int, at now: Moment = .vector) -> AuditRecord {
        .composeOperation(at: now.calendar, actor: "a", operation: "up", stack: "s\(number)", outcome: .allowed)
    }

    private func queue(_ count: Int, at now: Moment = .vector) -> Deque<AuditRecord> {
        var records = Deque<AuditRecord>()
        for number in 0..<count { records.append(self.record(number, at: now)) }
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
        let (rest, retry) = (writer.checkpointDelay(at: .vector + 299), writer.checkpointDelay(at: .vector + 600))
        #expect(rest == .seconds(301))
        #expect(retry == .seconds(1), "a failing disk is not asked without a pause")
        writer.writeCheckpointIfDue(at: .vector + 599)
        #expect(try self.folder.read("audit").contains("audit_checkpoint") == false)
        writer.writeCheckpointIfDue(at: .vector + 600)
        #expect(try self.folder.read("audit").contains("audit_checkpoint"))
        let none = writer.checkpointDelay(at: .vector + 600)
        #expect(none == nil)
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

    private func report(_ name: String, _ key: SigningKey, at now: Moment) throws -> AuditVerifier.Report {
        let text = Array(try self.folder.read(name).utf8)
        return AuditVerifier.verify(text.span, key: key.verifyingKey, at: now.calendar)
    }

    /// Whatever a writer does, its own trail has no hole in the eyes of the verifier.
    @Test func itsOwnTrailIsCoveredAcrossCrashesQuietTimesAndGaps() throws {
        let path = self.folder.file("audit")
        let key = SigningKey.generate()
        var now = Moment.vector
        for _ in 0..<6 {
            var writer = try AuditWriter(.file(path), signer: key, now: now) { _ in }
            for (count, lost, wait) in [
                (999, 0, 1.0), (999, 3, 700.0), (1, 0, 599.0), (1500, 1, 5000.0), (700, 0, 0.0),
            ] {
                writer.write(self.queue(count, at: now), lost: lost, at: now)
                now = now + wait
            }
            // It is killed here, without a last checkpoint, and started again after a day.
            now = now + 86_400
        }
        var last = try AuditWriter(.file(path), signer: key, now: now) { _ in }
        last.finish(at: now)
        #expect(try self.report("audit", key, at: now).problems.allSatisfy { $0.kind == .lostRecords })
        #expect(try self.report("audit", key, at: now).uncoveredLines == 0)
    }

    @Test func aFileThatIsMovedAwayEndsWithACheckpoint() throws {
        let path = self.folder.file("audit")
        let key = SigningKey.generate()
        var writer = try AuditWriter(.file(path), signer: key, now: .vector) { _ in }
        writer.write(self.queue(3), lost: 0, at: .vector)
        try #require(rename(path, self.folder.file("audit.1")) == 0)
        try writer.reopen(at: .vector)
        #expect(try self.report("audit.1", key, at: .vector + 9999).problems.isEmpty)
        #expect(try self.report("audit.1", key, at: .vector + 9999).uncoveredLines == 0)
    }

    @Test func aLinkIsFollowedNeitherAtTheStartNorAfterARotation() throws {
        let path = self.folder.file("audit")
        try self.folder.write("precious\n", to: "elsewhere")
        try #require(symlink(self.folder.file("elsewhere"), path) == 0)
        var code: KeyFileError.Code?
        do throws(KeyFileError) {
            _ = try AuditWriter(.file(path), signer: nil, now: .vector) { _ in }
        } catch {
            code = error.code
        }
        #expect(code == .isLink)

        unlink(path)
        var writer = try AuditWriter(.file(path), signer: nil, now: .vector) { _ in }
        writer.write(self.queue(1), lost: 0, at: .vector)
        try #require(rename(path, self.folder.file("old")) == 0)
        try #require(symlink(self.folder.file("elsewhere"), path) == 0)
        do throws(KeyFileError) {
            try writer.reopen(at: .vector)
            Issue.record("followed a link")
        } catch {
            code = error.code
        }
        #expect(code == .isLink)
        writer.write(self.queue(1), lost: 0, at: .vector)
        #expect(try self.folder.read("elsewhere") == "precious\n")
        #expect(try self.folder.read("old").split(separator: "\n").count == 2, "the old file stays in use")
    }
}
