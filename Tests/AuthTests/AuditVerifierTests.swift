import Foundation
import Testing

@testable import Auth

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
            chain.accept(lines.last!, at: .now)
            if number == 4 {
                lines.append(chain.line(for: chain.checkpoint(signedWith: self.key, at: UnixTime(seconds: 5))))
                chain.acceptCheckpoint(lines.last!, at: .now)
            }
        }
        return lines
    }

    private func verify(_ lines: [[UInt8]]) -> AuditVerifier.Report {
        let text = Array(lines.joined(separator: [0x0a])) + [0x0a]
        return AuditVerifier.verify(text.span, key: self.key.verifyingKey)
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
        #expect(self.verify(lines).problems.map(\.line) == expected)
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
                "unreadable", "broken-chain", "bad-checkpoint", "lost-records",
            ]
        )
    }
}
