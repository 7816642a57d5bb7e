import NIOCore
import Policy
import Testing

@testable import DockerBridge

/// A directory says nothing rather than something old.
@Suite struct ContainerDirectoryTests {
    private static let a = String(repeating: "a", count: 64)
    private static let b = String(repeating: "b", count: 64)
    private static let now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private static func entry(_ id: String, _ name: String) -> ContainerDirectory.Entry? {
        ContainerDirectory.Entry(id: id, name: name, labels: ["team": "a"], image: "nginx:1")
    }

    /// Follows the events, and knows `web` and `db`.
    private static func filled() -> ContainerDirectory {
        let directory = ContainerDirectory()
        directory.follows(true)
        let mark = directory.mark
        directory.learn(Self.a, Self.entry(Self.a, "web"), asked: mark)
        directory.learn(Self.b, Self.entry(Self.b, "db"), asked: mark)
        directory.looked(at: [Self.a, Self.b], follows: true)
        return directory
    }

    private static func found(_ directory: ContainerDirectory, _ references: String...) -> [String?] {
        references.map { directory.find($0, now: Self.now)?.id }
    }

    @Test func containersAreFoundByIDAndByName() {
        let directory = Self.filled()
        #expect(Self.found(directory, Self.a, "web", Self.b, "db") == [Self.a, Self.a, Self.b, Self.b])
        #expect(directory.find("web", now: Self.now)?.facts.labels == ["team": "a"])
    }

    /// A container that is new may have the same beginning, or such a name.
    @Test func theBeginningOfAnIDIsForTheEngine() {
        #expect(
            Self.found(Self.filled(), "aaaa", String(Self.a.prefix(12)), "", "we", "WEB")
                == Array(repeating: nil, count: 5)
        )
    }

    @Test func nothingIsSaidBeforeAllWasLookedAt() {
        let directory = ContainerDirectory()
        directory.follows(true)
        directory.learn(Self.a, Self.entry(Self.a, "web"), asked: directory.mark)
        #expect(Self.found(directory, Self.a, "web") == [nil, nil])
        directory.looked(at: [Self.a], follows: true)
        #expect(Self.found(directory, Self.a, "web") == [Self.a, Self.a])
    }

    @Test func nothingIsSaidWhileEventsAreNotRead() {
        let directory = Self.filled()
        directory.follows(false)
        #expect(Self.found(directory, Self.a, "web") == [nil, nil])
        directory.looked(at: [Self.a, Self.b], follows: false)
        #expect(Self.found(directory, Self.a) == [nil])
        directory.looked(at: [Self.a, Self.b], follows: true)
        #expect(Self.found(directory, Self.a) == [Self.a])
        directory.close()
        directory.follows(true)
        #expect(Self.found(directory, Self.a) == [nil])
    }

    @Test func anEventTakesAContainerOutUntilItIsInspectedAgain() {
        let directory = Self.filled()
        let before = directory.mark
        directory.heard(of: Self.a)
        #expect(Self.found(directory, Self.a, "web", "db") == [nil, nil, Self.b])
        // The engine was asked before the event.
        directory.learn(Self.a, Self.entry(Self.a, "web"), asked: before)
        #expect(Self.found(directory, Self.a, "web") == [nil, nil])
        directory.learn(Self.a, Self.entry(Self.a, "shop"), asked: directory.mark)
        #expect(Self.found(directory, Self.a, "web", "shop") == [Self.a, nil, Self.a])
    }

    @Test func aNameThatHasMovedIsThatOfTheNewContainer() {
        let directory = Self.filled()
        for id in [Self.a, Self.b] { directory.heard(of: id) }
        let mark = directory.mark
        directory.learn(Self.b, Self.entry(Self.b, "web"), asked: mark)
        directory.learn(Self.a, Self.entry(Self.a, "web-old"), asked: mark)
        #expect(Self.found(directory, "web", "web-old", "db") == [Self.b, Self.a, nil])
    }

    /// The new holder of a name is learnt first, and the old one forgotten later: that must not take the name away.
    @Test func forgettingTheOldHolderLeavesTheName() {
        let directory = Self.filled()
        directory.learn(Self.b, Self.entry(Self.b, "web"), asked: directory.mark)
        directory.removed(Self.a)
        #expect(Self.found(directory, "web", Self.a) == [Self.b, nil])
    }

    @Test func whatIsGoneIsNotFound() {
        let directory = Self.filled()
        directory.removed(Self.a)
        #expect(Self.found(directory, Self.a, "web", "db") == [nil, nil, Self.b])
        directory.looked(at: [Self.a], follows: true)
        #expect(Self.found(directory, Self.b, "db") == [nil, nil])
    }

    @Test func whatTheEngineDoesNotSayIsForgotten() {
        let directory = Self.filled()
        directory.learn(Self.a, nil, asked: directory.mark)
        #expect(Self.found(directory, Self.a, "web") == [nil, nil])
    }

    /// Only the engine knows the name of an image that a container has by an id.
    @Test(arguments: ["", "cafe", "sha256:" + String(repeating: "c", count: 64)])
    func aContainerWithAnImageByIDIsForTheEngine(image: String) {
        #expect(ContainerDirectory.Entry(id: Self.a, name: "web", labels: [:], image: image) == nil)
    }

    /// The client that has the answer to a rename may ask by name before the event comes. An id stays what it is.
    @Test func namesRestAfterARequestThatMayMoveThem() {
        let directory = Self.filled()
        directory.namesBeginToMove()
        #expect(Self.found(directory, "db", Self.b) == [nil, Self.b])
        directory.namesBeginToMove()
        directory.namesHaveMoved(now: Self.now)
        let rested = Self.now + ContainerDirectory.nameRest
        #expect(directory.find("db", now: rested) == nil, "another one is under way")
        directory.namesHaveMoved(now: Self.now)
        #expect(directory.find("db", now: rested - .nanoseconds(1)) == nil)
        #expect(directory.find("db", now: rested)?.id == Self.b)
    }

    @Test func whatWaitsForAnInspectIsBounded() {
        let directory = Self.filled()
        for number in 0..<ContainerDirectory.mostUnsettled { directory.heard(of: "c\(number)") }
        #expect(Self.found(directory, "db") == [Self.b])
        let before = directory.mark
        directory.heard(of: "one more")
        #expect(Self.found(directory, "db") == [nil])
        directory.follows(true)
        // What was asked before says something old, whichever container it is about.
        directory.learn(Self.b, Self.entry(Self.b, "db"), asked: before)
        directory.looked(at: [Self.b], follows: true)
        #expect(Self.found(directory, "db") == [nil])
        directory.learn(Self.b, Self.entry(Self.b, "db"), asked: directory.mark)
        #expect(Self.found(directory, "db") == [Self.b])
    }
}
