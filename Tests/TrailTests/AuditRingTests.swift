import Auth
import Base
import Testing

@testable import Trail

@Suite struct AuditRingTests {
    private static func ring(_ count: Int, capacity: Int) -> AuditRing {
        var ring = AuditRing(capacity: capacity)
        for number in 1...max(1, count) where number <= count {
            ring.append(
                .execStart(
                    at: UnixTime(seconds: 0),
                    actor: "",
                    container: "c\(number)",
                    execID: "e",
                    identity: nil
                )
            )
        }
        return ring
    }

    private static func cursors(_ lines: [[UInt8]]) -> [Int] {
        lines.map { line in
            let text = String(decoding: line, as: UTF8.self)
            return Int(text.dropFirst(#"{"cursor":"#.count).prefix { $0.isNumber }) ?? -1
        }
    }

    @Test func theNewestStayAndCursorsGoOn() {
        let ring = Self.ring(5, capacity: 3)
        #expect(ring.count == 3)
        #expect(ring.oldestCursor == 3)
        #expect(ring.latestCursor == 5)
        #expect(Self.cursors(ring.lines(after: 0, limit: nil)) == [3, 4, 5])
        #expect(Self.cursors(ring.lines(after: 3, limit: 1)) == [4])
        #expect(ring.lines(after: 3, limit: 0).isEmpty)
        // A client writes the limit.
        #expect(Self.cursors(ring.lines(after: 3, limit: .max)) == [4, 5])
        #expect(ring.lines(after: 5, limit: nil).isEmpty)
    }

    /// A reader must know whether it missed something: by being late, or because the agent was started again.
    @Test func aCursorThatLostRecordsIsBroken() {
        let ring = Self.ring(5, capacity: 3)
        #expect((-1...7).filter { ring.isBroken(at: $0) } == [-1, 0, 1, 6, 7])
        #expect(Self.ring(2, capacity: 3).isBroken(at: 0) == false)
        #expect(AuditRing(capacity: 3).isBroken(at: 0) == false)
    }

    @Test func emptyTextsAreLeftOut() {
        let line = String(decoding: Self.ring(1, capacity: 1).lines(after: 0, limit: nil)[0], as: UTF8.self)
        #expect(
            line == #"{"cursor":1,"ts":"1970-01-01T00:00:00Z","event":"exec_start","container":"c1","#
                + #""exec_id":"e","outcome":"allowed"}"#
        )
    }

    @Test func withoutRoomNothingIsKept() {
        #expect(Self.ring(3, capacity: 0).count == 0)
    }

    /// What never gets written must not fill the memory either.
    @Test func longTextsAreCut() {
        var ring = AuditRing(capacity: 1)
        let path = String(repeating: "x", count: 100_000)
        ring.append(
            .apiRequest(
                at: UnixTime(seconds: 0),
                actor: "a",
                method: "GET",
                path: path,
                status: 200,
                duration: .zero,
                identity: nil
            )
        )
        #expect(ring.lines(after: 0, limit: nil)[0].count < 4096 + 300)
    }
}
