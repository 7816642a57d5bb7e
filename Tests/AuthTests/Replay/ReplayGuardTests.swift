import Base
import Support
import Testing

@testable import Auth

@Suite struct ReplayGuardTests {
    private let key = SigningKey.generate().verifyingKey
    private let start = Moment.vector
    private var now: Int64 { self.start.calendar.seconds }

    private func makeGuard(window: Int64 = 60, capacity: Int = 100) -> ReplayGuard {
        ReplayGuard(windowSeconds: window, capacity: capacity, startedAt: UnixTime(seconds: self.now - 1000))
    }

    private func claim(
        _ replay: inout ReplayGuard,
        _ nonce: Nonce,
        timestamp: Int64,
        after seconds: Double
    ) -> ReplayRefusal? {
        do throws(ReplayRefusal) {
            try replay.claim(nonce, of: self.key, timestamp: timestamp, at: self.start + seconds)
            return nil
        } catch {
            return error
        }
    }

    @Test func remembersANonceForTwoWindowsAndFiveSeconds() {
        var replay = self.makeGuard()
        let nonce = Nonce.random()
        #expect(self.claim(&replay, nonce, timestamp: self.now, after: 0) == nil)
        #expect(self.claim(&replay, .random(), timestamp: self.now + 60, after: 125) == nil)
        #expect(replay.hasSeen(nonce, of: self.key))
        #expect(self.claim(&replay, .random(), timestamp: self.now + 70, after: 126) == nil)
        #expect(!replay.hasSeen(nonce, of: self.key))
        #expect(replay.count == 2)
    }

    @Test func neverAcceptsATimestampWhoseNonceMayBeForgotten() {
        var replay = self.makeGuard()
        let nonce = Nonce.random()
        #expect(self.claim(&replay, nonce, timestamp: self.now, after: 0) == nil)
        // The body of a copy took so long that the nonce is gone; or the calendar was set back meanwhile.
        #expect(self.claim(&replay, .random(), timestamp: self.now + 200, after: 200) == nil)
        #expect(self.claim(&replay, nonce, timestamp: self.now, after: 201) == .tooOld)
        #expect(!replay.isTimely(self.now, at: UnixTime(seconds: self.now)))
    }

    @Test func refusesRatherThanForgetsWhenItIsFull() {
        var replay = self.makeGuard(capacity: 3)
        for _ in 0..<3 {
            #expect(self.claim(&replay, .random(), timestamp: self.now, after: 0) == nil)
        }
        #expect(self.claim(&replay, .random(), timestamp: self.now, after: 1) == .noRoom(retryAfterSeconds: 125))
        #expect(self.claim(&replay, .random(), timestamp: self.now + 130, after: 130) == nil)
    }

    @Test func keysDoNotShareNonces() throws {
        var replay = self.makeGuard()
        let nonce = Nonce.random()
        #expect(self.claim(&replay, nonce, timestamp: self.now, after: 0) == nil)
        let other = SigningKey.generate().verifyingKey
        #expect(!replay.hasSeen(nonce, of: other))
        try replay.claim(nonce, of: other, timestamp: self.now, at: self.start)
    }

    @Test func nothingThatIsNotNewerThanTheStartIsAccepted() {
        var replay = ReplayGuard(startedAt: UnixTime(seconds: self.now, nanoseconds: 1))
        #expect(replay.secondsToWait(self.now - 5, of: self.key) == 6)
        #expect(replay.secondsToWait(self.now, of: self.key) == 1)
        #expect(replay.secondsToWait(self.now + 1, of: self.key) == nil)
        let refusal = self.claim(&replay, .random(), timestamp: self.now, after: 1)
        #expect(refusal == .beforeStart(retryAfterSeconds: 1))
        #expect(self.claim(&replay, .random(), timestamp: self.now + 1, after: 1) == nil)
    }

    @Test func aClockThatIsSetBackMovesNoFloorAndIsNamed() {
        let ahead = self.now + 3 * 3600
        var replay = ReplayGuard(startedAt: UnixTime(seconds: ahead))
        let refusal = self.claim(&replay, .random(), timestamp: self.now, after: 0)
        #expect(refusal == .clockSetBack(floor: ahead, retryAfterSeconds: 3 * 3600 + 1))
        // As far ahead as a damaged journal or a ceiling may set a floor.
        var usual = ReplayGuard(startedAt: UnixTime(seconds: self.now + 70))
        let other = self.claim(&usual, .random(), timestamp: self.now, after: 0)
        #expect(other == .beforeStart(retryAfterSeconds: 71))
    }

    @Test func oneKeyCannotUseTheShareOfAnother() throws {
        var replay = self.makeGuard(capacity: 100)
        let other = SigningKey.generate().verifyingKey
        func claim(_ key: VerifyingKey) throws(ReplayRefusal) {
            try replay.claim(.random(), of: key, timestamp: self.now, among: 2, at: self.start)
        }
        // Half of the room goes to whoever needs it; the other half is reserved in equal parts.
        for _ in 0..<75 { try claim(self.key) }
        #expect(throws: ReplayRefusal.noRoom(retryAfterSeconds: 126)) { try claim(self.key) }
        for _ in 0..<25 { try claim(other) }
        #expect(throws: ReplayRefusal.noRoom(retryAfterSeconds: 126)) { try claim(other) }
        #expect(replay.count == 100)
    }

    @Test(arguments: [1, 60, 3600] as [Int64])
    func isTimelyWithinTheWindowOnly(window: Int64) {
        let replay = ReplayGuard(windowSeconds: window, startedAt: UnixTime(seconds: 0))
        let now = self.start.calendar
        #expect(replay.isTimely(self.now - window, at: now) && replay.isTimely(self.now + window, at: now))
        #expect(!replay.isTimely(self.now - window - 1, at: now) && !replay.isTimely(self.now + window + 1, at: now))
        #expect(!replay.isTimely(.min, at: now) && !replay.isTimely(.max, at: now))
    }
}
