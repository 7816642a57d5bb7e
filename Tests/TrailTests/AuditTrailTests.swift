import Auth
import Base
import Foundation
import Support
import Testing

@testable import Trail

@Suite struct AuditTrailTests {
    private let folder: TemporaryFolder
    private let key = SigningKey.generate()
    private var path: String { self.folder.file("audit") }

    init() throws {
        self.folder = try TemporaryFolder()
    }

    private func trail(signer: SigningKey? = nil) throws -> AuditTrail {
        try AuditTrail(.file(self.path), signer: signer) { Issue.record("\($0)") }
    }

    private func record(_ number: Int) -> AuditRecord {
        .composeOperation(at: .now, actor: "10.0.0.1", operation: "up", stack: "s\(number)", outcome: .allowed)
    }

    private func write(_ numbers: Range<Int>, signer: SigningKey? = nil) async throws {
        let trail = try self.trail(signer: signer)
        for number in numbers { trail.record(self.record(number)) }
        await trail.close()
    }

    private func verify(key: VerifyingKey? = nil) throws -> AuditVerifier.Report {
        let text = Array(try self.folder.read("audit").utf8)
        return AuditVerifier.verify(text.span, key: key)
    }

    @Test func writesEveryRecordInOrderIntoAPrivateFile() async throws {
        try await self.write(0..<500)
        let lines = try self.folder.read("audit").split(separator: "\n")
        #expect(lines.count == 500)
        #expect(lines.enumerated().allSatisfy { $1.contains("\"stack\":\"s\($0)\"") })
        var status = stat()
        stat(self.path, &status)
        #expect(status.st_mode & 0o777 == 0o600)
        let report = try self.verify()
        #expect(report.problems.isEmpty && report.continues == nil)
    }

    @Test func anExistingFileKeepsItsModeAndItsLines() async throws {
        try await self.write(0..<3)
        chmod(self.path, 0o640)
        try await self.write(3..<6)
        var status = stat()
        stat(self.path, &status)
        #expect(status.st_mode & 0o777 == 0o640)
        let report = try self.verify()
        #expect(report.lines == 7, "six records and the one that says where the second run starts")
        #expect(report.problems.isEmpty)
    }

    @Test func aLineThatACrashCutOffIsNamedAndTheChainGoesOn() async throws {
        try await self.write(0..<3)
        let text = try self.folder.read("audit")
        try self.folder.write(String(text.dropLast(20)), to: "audit")
        try await self.write(3..<5)
        #expect(try self.verify().problems.map(\.kind) == [.unreadable])
        #expect(try self.verify().problems.map(\.line) == [3])
    }

    @Test func aCheckpointCoversEverythingAtTheEnd() async throws {
        try await self.write(0..<10, signer: self.key)
        let report = try self.verify(key: self.key.verifyingKey)
        #expect(report.problems.isEmpty)
        #expect(report.lines == 11)
        #expect(report.uncoveredLines == 0)
        #expect(try self.verify(key: SigningKey.generate().verifyingKey).problems.map(\.kind) == [.badCheckpoint])
    }

    @Test func everyThousandthRecordIsFollowedByACheckpoint() async throws {
        try await self.write(0..<2500, signer: self.key)
        let lines = try self.folder.read("audit").split(separator: "\n")
        let checkpoints = lines.indices.filter { lines[$0].contains("audit_checkpoint") }
        #expect(checkpoints == [1000, 2001, 2502])
        #expect(try self.verify(key: self.key.verifyingKey).problems.isEmpty)
    }

    @Test func rotationCarriesTheChainIntoTheNewFile() async throws {
        let trail = try self.trail()
        trail.record(self.record(0))
        // Waits for the record, because both happen on the trail's queue.
        try await trail.reopen()
        try FileManager.default.moveItem(atPath: self.path, toPath: self.folder.file("audit.1"))
        try await trail.reopen()
        trail.record(self.record(1))
        await trail.close()
        let old = Array(try self.folder.read("audit.1").utf8)
        let head = AuditVerifier.verify(old.span, key: nil).head
        let report = try self.verify()
        #expect(report.continues == head)
        let both = old + Array(try self.folder.read("audit").utf8)
        #expect(AuditVerifier.verify(both.span, key: nil).problems.isEmpty)
    }

    @Test func refusesADirectory() {
        let error = #expect(throws: KeyFileError.self) { try AuditTrail(.file(self.folder.path)) { _ in } }
        #expect(error?.code == .unwritable)
    }

    @Test func namesTheStandardStreams() {
        #expect(AuditDestination(setting: "stdout") == .standardOutput)
        #expect(AuditDestination(setting: "stderr") == .standardError)
        #expect(AuditDestination(setting: "/dev/stdout") == .standardOutput)
        #expect(AuditDestination(setting: "/dev/stderr") == .standardError)
        #expect(AuditDestination(setting: "/var/log/audit") == .file("/var/log/audit"))
    }
}
