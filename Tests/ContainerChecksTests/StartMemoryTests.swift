import Base
import Testing

@testable import ContainerChecks

@Suite struct StartMemoryTests {
    @Test func aStartIsNewOnce() {
        var memory = StartMemory()
        let news = [("a", "1"), ("a", "1"), ("b", "1"), ("a", "2"), ("a", "2")].map {
            memory.insert($0.0, startedAt: $0.1, event: nil)
        }
        #expect(news == [true, false, true, true, false])
    }

    @Test func whatHasNoTimeIsAlwaysNew() {
        var memory = StartMemory()
        let news = (0..<2).map { _ in memory.insert("a", startedAt: "", event: nil) }
        #expect(news == [true, true])
    }

    @Test func theOldestAreForgotten() {
        var memory = StartMemory()
        for number in 0...StartMemory.capacity { _ = memory.insert("\(number)", startedAt: "1", event: nil) }
        let (oldest, newest) = (
            memory.insert("0", startedAt: "1", event: nil),
            memory.insert("\(StartMemory.capacity)", startedAt: "1", event: nil)
        )
        #expect(oldest)
        #expect(!newest)
    }

    private static func time(_ second: Int) -> String { UnixTime(seconds: Int64(second)).rfc3339 }

    struct Look: Sendable {
        let startedAt: Int
        /// `nil` for a list.
        var event: Int?
    }

    /// Each start is told once, whatever it was seen in first, and however late the container is looked at.
    @Test(
        arguments: [
            ("an event", [Look(startedAt: 10, event: 11)], [true]),
            ("a list, then its event", [Look(startedAt: 10), Look(startedAt: 10, event: 11)], [true, false]),
            ("an event, then a list", [Look(startedAt: 10, event: 11), Look(startedAt: 10)], [true, false]),
            ("the same moment", [Look(startedAt: 10), Look(startedAt: 10, event: 10)], [true, false]),
            (
                "two starts, both looked at after the second",
                [Look(startedAt: 20, event: 11), Look(startedAt: 20, event: 21)], [true, true]
            ),
            (
                "two starts, both events after a list that saw the second",
                [Look(startedAt: 20), Look(startedAt: 20, event: 11), Look(startedAt: 20, event: 21)],
                [true, true, false]
            ),
            (
                "three starts in a row",
                [Look(startedAt: 30, event: 11), Look(startedAt: 30, event: 21), Look(startedAt: 30, event: 31)],
                [true, true, true]
            ),
        ] as [(String, [Look], [Bool])]
    )
    func aStartIsToldOnce(what: String, looks: [Look], expected: [Bool]) {
        var memory = StartMemory()
        let news = looks.map { look in
            memory.insert(
                "a",
                startedAt: Self.time(look.startedAt),
                event: look.event.map { UnixTime(seconds: Int64($0)) }
            )
        }
        #expect(news == expected)
    }

    /// An engine that writes its own zone is compared by the text, as one without a clock in its events is.
    @Test func aTimeThatCannotBeReadIsATextOnly() {
        var memory = StartMemory()
        let event = UnixTime(seconds: 1)
        let news = ["2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00"].map {
            memory.insert("a", startedAt: $0, event: event)
        }
        #expect(news == [true, false])
    }
}
