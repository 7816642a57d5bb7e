import Testing

@testable import Agent

@Suite struct AllocatorWasteTests {
    private static let mebibyte = 1 << 20

    private static let atStart = AllocatorWaste(privateBytes: 10 * mebibyte, usedBytes: 6 * mebibyte)

    /// A moment: what the process has in memory, and what of it is in use, in MiB.
    private struct Look {
        var memory: Int
        var used: Int
        /// What it has after giving back, if it does.
        var after: Int?
    }

    /// - Returns: at which of the looks memory was given back.
    private static func returns(_ looks: [Look]) -> [Int] {
        var waste = Self.atStart
        return looks.indices.filter { index in
            let look = looks[index]
            let isMuch = waste.isMuch(privateBytes: look.memory * Self.mebibyte) { look.used * Self.mebibyte }
            if isMuch {
                waste.gaveBack(
                    privateBytes: (look.after ?? look.memory) * Self.mebibyte,
                    usedBytes: look.used * Self.mebibyte
                )
            }
            return isMuch
        }
    }

    @Test func aBurstIsGivenBackOnce() {
        let quiet = Look(memory: 10, used: 6)
        let burst = Look(memory: 60, used: 56)
        let over = Look(memory: 60, used: 6, after: 12)
        let rest = Look(memory: 12, used: 6)
        #expect(Self.returns([quiet, burst, burst, over, rest, rest]) == [3])
        #expect(Self.returns([quiet, burst, over, rest, burst, over, rest]) == [2, 5])
    }

    /// The first look may fall into a burst.
    @Test func aBurstAtTheStartIsGivenBackToo() {
        #expect(Self.returns([Look(memory: 60, used: 6, after: 12), Look(memory: 12, used: 6)]) == [0])
    }

    /// Memory that the allocator cannot give back is not tried again at every look.
    @Test func whatCannotBeGivenBackIsLeft() {
        let stuck = Look(memory: 60, used: 6)
        #expect(Self.returns([Look(memory: 10, used: 6), stuck, stuck, stuck]) == [1])
    }

    /// What could not be given back while it was needed can be given back afterwards.
    @Test func whatIsFreeLaterIsGivenBackLater() {
        let looks = [
            Look(memory: 10, used: 6), Look(memory: 60, used: 30), Look(memory: 60, used: 30),
            Look(memory: 60, used: 6, after: 12),
        ]
        #expect(Self.returns(looks) == [1, 3])
    }

    @Test func aProcessThatIsQuietIsNotLookedAtClosely() {
        var waste = Self.atStart
        var looks = 0
        for _ in 0..<100 {
            _ = waste.isMuch(privateBytes: 11 * Self.mebibyte) {
                looks += 1
                return 6 * Self.mebibyte
            }
        }
        #expect(looks == 0)
    }
}
