import Auth
import Base
import Support
import Testing

@testable import Trail

@Suite struct AuditChainTests {
    @Test func everyLineCarriesTheHashOfTheOneBefore() {
        var chain = AuditChain()
        let record = AuditRecord(.start, at: UnixTime(seconds: 0), [])
        let first = chain.line(for: record)
        #expect(JSONFields(first.span)?.text("prev") == AuditChain.origin)
        chain.accept(first, at: .vector)
        let second = chain.line(for: record)
        #expect(JSONFields(second.span)?.text("prev") == SHA256Digest(of: first.span).hex)
        #expect(JSONFields(second.span)?.integer("seq") == 1)
    }

    @Test func aLineThatWasNotWrittenLeavesNoHole() {
        let chain = AuditChain()
        let record = AuditRecord(.start, at: UnixTime(seconds: 0), [])
        #expect(chain.line(for: record) == chain.line(for: record))
    }

    @Test func aCheckpointIsDueByCountOrByTime() {
        let start = Moment.vector
        var chain = AuditChain()
        #expect(!chain.isCheckpointDue(at: start + 10_000))
        for _ in 0..<999 { chain.accept([1], at: start) }
        #expect(!chain.isCheckpointDue(at: start + 599))
        #expect(chain.isCheckpointDue(at: start + 600))
        chain.accept([1], at: start)
        #expect(chain.isCheckpointDue(at: start))
        chain.acceptCheckpoint([1], at: start)
        #expect(!chain.isCheckpointDue(at: start + 10_000))
    }

    /// A verifier has only the calendar to go by, and whoever sets the clock must not open a hole.
    @Test func aCheckpointIsDueWhenTheCalendarWasSetForward() {
        let start = Moment.vector
        var chain = AuditChain()
        chain.accept([1], at: start)
        var later = start + 1
        #expect(!chain.isCheckpointDue(at: later))
        later.calendar.seconds += 600
        #expect(chain.isCheckpointDue(at: later))
    }

    @Test func afterTheLinesOfAnEarlierProcessACheckpointIsDueAtOnce() {
        var chain = AuditChain()
        chain.restart(after: AuditChain.origin)
        chain.accept([1], at: .vector)
        #expect(chain.isCheckpointDue(at: .vector))
        chain.acceptCheckpoint([1], at: .vector)
        chain.accept([1], at: .vector)
        #expect(!chain.isCheckpointDue(at: .vector))
    }

    /// The verifier expects the start first and its checkpoint behind it, also if the file before could not be signed.
    @Test func aRestartForgetsWhatTheOtherFileLeftUncovered() {
        var chain = AuditChain()
        chain.accept([1], at: .vector)
        chain.restart(after: AuditChain.origin)
        #expect(!chain.isCheckpointDue(at: .vector + 9999))
        chain.accept([1], at: .vector)
        #expect(chain.isCheckpointDue(at: .vector))
    }

    @Test func theRestUntilACheckpointIsCountedFromTheFirstUncoveredRecord() {
        var chain = AuditChain()
        #expect(chain.timeUntilCheckpoint(at: .vector) == nil)
        chain.accept([1], at: .vector)
        chain.accept([1], at: .vector + 200)
        #expect(chain.timeUntilCheckpoint(at: .vector + 299) == .seconds(301))
        var later = Moment.vector + 299
        later.calendar.seconds += 100
        #expect(chain.timeUntilCheckpoint(at: later) == .seconds(201), "the calendar was set forward")
        later.calendar.seconds -= 9999
        #expect(chain.timeUntilCheckpoint(at: later) == .seconds(301), "it was set back")
        #expect(chain.timeUntilCheckpoint(at: .vector + 700) == .zero)
        chain.acceptCheckpoint([1], at: .vector + 700)
        #expect(chain.timeUntilCheckpoint(at: .vector + 700) == nil)
    }

    @Test func aCheckpointCannotPassForASignedRequest() {
        let bytes = AuditChain.signedBytes(sequence: 1, previous: AuditChain.origin, time: "t")
        #expect(bytes.count { $0 == 0x0a } == 3, "a signed request has four line feeds")
    }
}
