import Auth
import Base
import Foundation
import Support
import Testing

@testable import Trail

@Suite struct AuditVerifierTests {
    private let key = SigningKey.generate()

    /// A sound trail of ten records with a checkpoint after the fifth.
    private func trail() -> [[UInt8]] {
        var chain = AuditChain()
        var lines: [[UInt8]] = []
        for number in 0..<10 {
            let record = AuditRecord.composeOperation(
                at: UnixTime(seconds: Int64(number)),
                actor: "a",
                operation: "up",
                stack: "s\(number)",
                outcome: .allowed
            )
            lines.append(chain.line(for: record))
            chain.accept(lines.last!, at: .vector)
            if number == 4 {
                lines.append(chain.line(for: chain.checkpoint(signedWith: self.key, at: UnixTime(seconds: 5))))
                chain.acceptCheckpoint(lines.last!, at: .vector)
            }
        }
        return lines
    }

    private func verify(_ lines: [[UInt8]], at seconds: Int64? = nil) -> AuditVerifier.Report {
        let text = Array(lines.joined(separator: [0x0a])) + [0x0a]
        let now = seconds.map { UnixTime(seconds: $0) }
        return AuditVerifier.verify(text.span, key: self.key.verifyingKey, at: now)
    }

    /// A trail with a record at each of `times`, and behind those in `signed` a checkpoint.
    private func trail(_ times: [Int64], signed: Set<Int> = [], starts: Set<Int> = []) -> [[UInt8]] {
        var chain = AuditChain()
        var lines: [[UInt8]] = []
        for (number, time) in times.enumerated() {
            let now = Moment(calendar: UnixTime(seconds: time), steady: .now)
            let event: AuditRecord.Event = starts.contains(number) ? .start : .composeOperation
            lines.append(chain.line(for: AuditRecord(event, at: now.calendar, [])))
            chain.accept(lines.last!, at: now)
            guard signed.contains(number) else { continue }
            lines.append(chain.line(for: chain.checkpoint(signedWith: self.key, at: now.calendar)))
            chain.acceptCheckpoint(lines.last!, at: now)
        }
        return lines
    }

    /// The hashes of what is left are computed anew, as anyone can who may write the file.
    private func rechained(_ lines: [[UInt8]]) -> [[UInt8]] {
        var previous = AuditChain.origin
        return lines.enumerated().map { number, line in
            let text = String(decoding: line, as: UTF8.self)
            let end = text.range(of: "\"seq\":")!.lowerBound
            let new = Array((text[..<end] + "\"seq\":\(number),\"prev\":\"\(previous)\"}").utf8)
            previous = SHA256Digest(of: new.span).hex
            return new
        }
    }

    @Test func aRemovedLineTogetherWithTheCheckpointBehindItShows() {
        let whole = self.trail([0, 1, 2, 3], signed: [3])
        #expect(self.verify(whole, at: 10_000).problems.isEmpty)
        let forged = self.rechained(whole.enumerated().filter { $0.offset != 2 && $0.offset != 4 }.map(\.element))
        #expect(self.verify(forged).problems.isEmpty, "the file alone says nothing")
        let report = self.verify(forged, at: 661)
        #expect(report.problems.map(\.kind) == [.missingCheckpoint])
        #expect(report.problems[0].detail.contains("1970-01-01T00:00:00Z"))
    }

    @Test func aLongRunWithoutACheckpointIsAProblem() {
        let records = AuditChain.recordsPerCheckpoint
        let fast = [Int64](repeating: 0, count: records)
        #expect(self.verify(self.trail(fast), at: 0).problems.isEmpty)
        #expect(self.verify(self.trail(fast, signed: [records - 1]), at: 0).problems.isEmpty)
        #expect(self.verify(self.trail(fast + [0]), at: 0).problems.map(\.kind) == [.missingCheckpoint])
        #expect(
            self.verify(self.trail(fast + [0], signed: [records]), at: 0).problems.map(\.kind) == [.missingCheckpoint]
        )
        #expect(self.verify(self.trail([0, 300, 600], signed: [2]), at: 9999).problems.isEmpty)
        #expect(self.verify(self.trail([0, 300, 601], signed: [2])).problems.map(\.kind) == [.missingCheckpoint])
    }

    /// No process can sign while none runs.
    @Test func theTimeBetweenTwoProcessesIsNotCounted() {
        let times: [Int64] = [0, 5, 90_000, 90_001]
        #expect(self.verify(self.trail(times, signed: [2, 3], starts: [2]), at: 90_002).problems.isEmpty)
        #expect(self.verify(self.trail(times, signed: [3]), at: 90_002).problems.map(\.kind) == [.missingCheckpoint])
    }

    /// A writer with a key signs directly behind its start, so nothing can be gained by writing starts.
    @Test func aStartThatIsFollowedByAnotherRecordMustBeSigned() {
        let times: [Int64] = [0, 500, 550, 1100, 1150]
        let report = self.verify(self.trail(times, starts: [1, 3]), at: 1200)
        #expect(report.problems.map(\.kind) == [.missingCheckpoint])
        #expect(report.problems.map(\.line) == [3])
        #expect(report.problems.first?.detail.contains("behind audit_start") == true)
        let onlyStarts = self.verify(self.trail([0, 500, 1000, 1500], starts: [1, 2, 3]), at: 1600)
        #expect(onlyStarts.problems.map(\.line) == [3])
        #expect(self.verify(self.trail([0, 500], starts: [1]), at: 600).problems.isEmpty, "it may be signed yet")
    }

    @Test func aStartBehindAFullRunIsCoveredByItsCheckpoint() {
        let records = AuditChain.recordsPerCheckpoint
        let times = [Int64](repeating: 0, count: records) + [0]
        #expect(self.verify(self.trail(times, signed: [records], starts: [records]), at: 9999).problems.isEmpty)
    }

    /// The times are replaced in what is left after a checkpoint, and the hashes computed anew.
    @Test(arguments: ["2026-11-30T00:00:00+00:00", "x", ""])
    func aTimeThatCannotBeReadIsAProblemAndTheRecordCounts(time: String) {
        let records = AuditChain.recordsPerCheckpoint
        let whole = self.trail([Int64](repeating: 0, count: records + 2))
        let forged = whole.map { line in
            Array(String(decoding: line, as: UTF8.self).replacing("1970-01-01T00:00:00Z", with: time).utf8)
        }
        let problems = self.verify(self.rechained(forged), at: 0).problems
        #expect(problems.count { $0.kind == .unreadable } == records + 2)
        #expect(problems.filter { $0.kind == .missingCheckpoint }.map(\.line) == [records + 1])
    }

    @Test func theLargestNumberIsNotFollowedByAnother() {
        var lines = Array(self.trail().prefix(3))
        lines[1] = Array(
            String(decoding: lines[1], as: UTF8.self).replacing("\"seq\":1", with: "\"seq\":\(Int.max)").utf8
        )
        #expect(self.verify(lines).problems.map(\.kind) == [.brokenChain, .brokenChain])
    }

    @Test func withoutAKeyNothingIsSaidAboutCheckpoints() {
        let text = Array(self.trail([0, 5000]).joined(separator: [0x0a]))
        let report = AuditVerifier.verify(text.span, key: nil, at: UnixTime(seconds: 10_000))
        #expect(report.problems.isEmpty && report.nextCheckpoint == nil)
    }

    @Test func aYoungFileIsToldWhenItsFirstCheckpointIsDue() {
        let young = self.verify(self.trail([100, 101]), at: 110)
        #expect(young.problems.isEmpty)
        let due = UnixTime(seconds: 700)
        #expect(young.nextCheckpoint == AuditVerifier.NextCheckpoint(time: due, records: 998, isFirst: true))
        let older = self.verify(self.trail([0, 100], signed: [0]), at: 110)
        #expect(older.nextCheckpoint == AuditVerifier.NextCheckpoint(time: due, records: 999, isFirst: false))
        #expect(self.verify(self.trail([0], signed: [0]), at: 110).nextCheckpoint == nil)
    }

    @Test func aSoundTrailHasNoProblem() {
        let report = self.verify(self.trail())
        #expect(report.lines == 11)
        #expect(report.problems.isEmpty)
        #expect(report.continues == nil)
        #expect(report.uncoveredLines == 5)
    }

    @Test(arguments: 0..<10)
    func aChangedLineShows(index: Int) {
        var lines = self.trail()
        lines[index] = Array(
            String(decoding: lines[index], as: UTF8.self).replacing("1970-01-01", with: "1970-01-02").utf8
        )
        // A line shows in the one after it; a checkpoint shows itself too, because its time is signed.
        let expected = index == 5 ? [6, 7] : [index + 2]
        // The changed day also makes it look as if a checkpoint were missing.
        let problems = self.verify(lines).problems.filter { $0.kind != .missingCheckpoint }
        #expect(problems.map(\.line) == expected)
    }

    @Test(arguments: 1..<10)
    func aRemovedLineShows(index: Int) {
        var lines = self.trail()
        lines.remove(at: index)
        #expect(self.verify(lines).problems.map(\.kind) == [.brokenChain])
        #expect(self.verify(lines).problems.map(\.line) == [index + 1])
    }

    @Test func removedFirstLinesMakeAContinuation() {
        #expect(self.verify(Array(self.trail().dropFirst(3))).continues != nil)
    }

    @Test func aRemovedEndShowsInTheHead() {
        let whole = self.verify(self.trail())
        let short = self.verify(self.trail().dropLast())
        #expect(short.problems.isEmpty, "nothing after the last line can know")
        #expect(short.head != whole.head)
    }

    @Test(arguments: 0..<10)
    func swappedLinesShow(index: Int) {
        var lines = self.trail()
        lines.swapAt(index, index + 1)
        #expect(!self.verify(lines).problems.isEmpty)
    }

    @Test func aDuplicatedLineShows() {
        var lines = self.trail()
        lines.insert(lines[3], at: 4)
        #expect(self.verify(lines).problems.first?.line == 5)
    }

    @Test func aLineThatIsNoRecordShows() {
        var lines = self.trail()
        lines[3] = Array("{}".utf8)
        #expect(self.verify(lines).problems.map(\.kind) == [.unreadable, .brokenChain])
    }

    /// Whoever rewrites the hashes of all lines still cannot sign the checkpoint anew.
    @Test func aChainWrittenAnewBreaksTheCheckpoint() {
        var previous = AuditChain.origin
        let forged = self.trail().map { line in
            let text = String(decoding: line, as: UTF8.self).replacing("\"s0\"", with: "\"x\"")
            let start = text.range(of: "\"prev\":\"")!.upperBound
            let new = Array((text[..<start] + previous + "\"}").utf8)
            previous = SHA256Digest(of: new.span).hex
            return new
        }
        #expect(self.verify(forged).problems.map(\.kind) == [.badCheckpoint])
        #expect(self.verify(forged).uncoveredLines == 11)
    }

    @Test func kindsAreForever() {
        #expect(
            AuditVerifier.Problem.Kind.allCases.map(\.rawValue) == [
                "unreadable", "broken-chain", "bad-checkpoint", "lost-records", "missing-checkpoint",
            ]
        )
    }
}
