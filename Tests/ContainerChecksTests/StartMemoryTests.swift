import Testing

@testable import ContainerChecks

@Suite struct StartMemoryTests {
    @Test func aStartIsNewOnce() {
        var memory = StartMemory()
        let news = [("a", "1"), ("a", "1"), ("b", "1"), ("a", "2"), ("a", "2")].map {
            memory.insert($0.0, startedAt: $0.1)
        }
        #expect(news == [true, false, true, true, false])
    }

    @Test func whatHasNoTimeIsAlwaysNew() {
        var memory = StartMemory()
        let news = (0..<2).map { _ in memory.insert("a", startedAt: "") }
        #expect(news == [true, true])
    }

    @Test func theOldestAreForgotten() {
        var memory = StartMemory()
        for number in 0...StartMemory.capacity { _ = memory.insert("\(number)", startedAt: "1") }
        let (oldest, newest) = (
            memory.insert("0", startedAt: "1"), memory.insert("\(StartMemory.capacity)", startedAt: "1")
        )
        #expect(oldest)
        #expect(!newest)
    }
}
