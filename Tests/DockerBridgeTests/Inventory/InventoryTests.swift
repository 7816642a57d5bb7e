import Testing

@testable import DockerBridge

@Suite struct InventoryTests {
    private func record(_ id: String, _ status: ContainerRecord.Status = .running) -> ContainerRecord {
        ContainerRecord(id: id, name: "n-\(id)", status: status, imageID: "i", imageName: "app")
    }

    private func summaries(_ ids: String..., mark: String = "m") -> [ContainerSummary] {
        ids.map { ContainerSummary(id: $0, mark: mark) }
    }

    /// Changes in short: `+` added, `~` updated, `!` with new details, `-` removed, `=` everything.
    private func words(_ changes: InventoryChanges) -> String {
        switch changes {
        case .everything(let records, let gone):
            "=" + records.map(\.id).joined(separator: ",") + gone.map { " -\($0.id)" }.joined()
        case .some(let added, let updated, let removed):
            (added.map { "+\($0.id)" } + updated.map { "~\($0.record.id)\($0.hasNewDetails ? "!" : "")" }
                + removed.map { "-\($0.id)" }).joined(separator: " ")
        }
    }

    @Test func whoeverKnowsNothingGetsEverything() {
        var inventory = Inventory()
        inventory.inspected(self.record("b"), mark: nil)
        inventory.inspected(self.record("a"), mark: nil)
        #expect(self.words(inventory.changes(since: nil)) == "=a,b")
    }

    @Test func changesAreToldSinceARevision() {
        var inventory = Inventory()
        inventory.inspected(self.record("a"), mark: nil)
        inventory.inspected(self.record("b"), mark: nil)
        let known = inventory.revision
        #expect(self.words(inventory.changes(since: known)) == "")
        inventory.inspected(self.record("b", .paused), mark: nil)
        inventory.inspected(self.record("c"), mark: nil)
        inventory.removed("a")
        #expect(self.words(inventory.changes(since: known)) == "+c ~b -a")
        inventory.inspected(self.record("c", .stopped), mark: nil)
        #expect(self.words(inventory.changes(since: known)) == "+c ~b -a")
    }

    @Test func theSameAgainIsNoChange() {
        var inventory = Inventory()
        inventory.inspected(self.record("a"), mark: nil)
        let known = inventory.revision
        inventory.inspected(self.record("a"), mark: "later")
        inventory.removed("never there")
        #expect(inventory.revision == known)
    }

    @Test func newDetailsAreToldApart() {
        var inventory = Inventory()
        inventory.inspected(self.record("a"), mark: nil)
        let known = inventory.revision
        var changed = self.record("a", .paused)
        inventory.inspected(changed, mark: nil)
        #expect(self.words(inventory.changes(since: known)) == "~a")
        changed.details.ports = ["80/tcp"]
        inventory.inspected(changed, mark: nil)
        #expect(self.words(inventory.changes(since: known)) == "~a!")
    }

    @Test func whatCameAndWentIsNotMentioned() {
        var inventory = Inventory()
        let known = inventory.revision
        inventory.inspected(self.record("a"), mark: nil)
        inventory.removed("a")
        #expect(self.words(inventory.changes(since: known)) == "")
    }

    @Test func whoMissedTooManyRemovalsGetsEverything() {
        var inventory = Inventory()
        inventory.inspected(self.record("stays"), mark: nil)
        let known = inventory.revision
        for number in 0..<5000 {
            inventory.inspected(self.record("x\(number)"), mark: nil)
            inventory.removed("x\(number)")
        }
        #expect(self.words(inventory.changes(since: known)).hasPrefix("=stays -"))
        #expect(self.words(inventory.changes(since: inventory.revision)) == "")
    }

    @Test func aListTellsWhomToAskAndWhoIsGone() {
        var inventory = Inventory()
        #expect(inventory.listed(self.summaries("a", "b"), looksAgain: false) == ["a", "b"])
        inventory.inspected(self.record("a"), mark: "m")
        inventory.inspected(self.record("b"), mark: "m")
        #expect(inventory.listed(self.summaries("a", "b"), looksAgain: false) == [])
        #expect(inventory.listed(self.summaries("a", "b"), looksAgain: true) == ["a", "b"])
        #expect(inventory.listed(self.summaries("a", mark: "other"), looksAgain: false) == ["a"])
        #expect(inventory.records.map(\.id) == ["a"])
    }

    @Test func whatAnEventChangedIsLookedAtOnceMore() {
        var inventory = Inventory()
        inventory.inspected(self.record("a"), mark: "m")
        inventory.inspected(self.record("a", .paused), mark: nil)
        #expect(inventory.listed(self.summaries("a"), looksAgain: false) == ["a"])
    }

    @Test func aContainerThatDoesNotAnswerStaysAsItWas() {
        var inventory = Inventory()
        inventory.inspected(self.record("a"), mark: "m")
        let known = inventory.revision
        inventory.unanswered("a")
        #expect(inventory.revision == known)
        #expect(inventory.listed(self.summaries("a"), looksAgain: false) == ["a"])
    }

    @Test func oneThatCannotBeReadIsNewsOnceAndNotAskedAgainUntilItChanges() {
        var inventory = Inventory()
        let isNews = [inventory.unusable("a", mark: "m"), inventory.unusable("a", mark: "m")]
        #expect(isNews == [true, false])
        #expect(inventory.listed(self.summaries("a"), looksAgain: false) == [])
        #expect(inventory.listed(self.summaries("a", mark: "other"), looksAgain: false) == ["a"])
        #expect(inventory.listed(self.summaries("b"), looksAgain: false) == ["b"])
        let isNewsAgain = inventory.unusable("a", mark: "m")
        #expect(isNewsAgain)
    }

    // MARK: Room

    @Test func recordsTakeNoMoreThanTheirRoomTogether() {
        let bytes = self.record("a").heldBytes
        var inventory = Inventory(maximumBytes: 2 * bytes)
        #expect(inventory.inspected(self.record("a"), mark: "m") == .kept)
        #expect(inventory.inspected(self.record("b"), mark: "m") == .kept)
        #expect(inventory.inspected(self.record("c"), mark: "m") == .leftOut(isNews: true))
        #expect(inventory.inspected(self.record("c"), mark: "m") == .leftOut(isNews: false))
        #expect(inventory.heldBytes == 2 * bytes)
        // Without room nobody has to look again.
        #expect(inventory.listed(self.summaries("a", "b", "c"), looksAgain: false) == [])
        #expect(inventory.listed(self.summaries("a", "c"), looksAgain: false) == ["c"])
        #expect(inventory.inspected(self.record("c"), mark: "m") == .kept)
        for id in ["a", "c"] { inventory.removed(id) }
        #expect(inventory.heldBytes == 0)
    }

    @Test func aRecordThatGrowsOutOfTheRoomIsForgotten() {
        var large = self.record("a")
        large.details.ports = Array(repeating: "80/tcp", count: 100)
        var inventory = Inventory(maximumBytes: large.heldBytes - 1)
        #expect(inventory.inspected(self.record("a"), mark: "m") == .kept)
        let known = inventory.revision
        #expect(inventory.inspected(large, mark: "m") == .leftOut(isNews: true))
        #expect(self.words(inventory.changes(since: known)) == "-a")
        #expect(inventory.heldBytes == 0)
        #expect(inventory.listed([], looksAgain: false) == [])
        #expect(inventory.listed(self.summaries("a"), looksAgain: false) == ["a"])
    }

    @Test func aThousandContainersOfAUsualHostFindRoom() {
        var inventory = Inventory()
        for number in 0..<1000 {
            var record = self.record("c\(number)")
            record.labels = (0..<200).map { ContainerRecord.Pair("a.label.with.a.name.\($0)", "and a value of it") }
            record.details.environment = record.labels
            #expect(inventory.inspected(record, mark: "m") == .kept)
        }
        #expect(inventory.heldBytes < Inventory.usualMaximumBytes)
    }
}
