import Testing

@testable import Auth

@Suite struct NonceSharesTests {
    /// How many nonces `key` gets when it takes what it can.
    private func fill(_ shares: inout NonceShares, _ key: UInt64, among keyCount: Int) -> Int {
        var count = 0
        while shares.hasRoom(for: key, among: keyCount) {
            shares.add(key)
            count += 1
        }
        return count
    }

    @Test func oneKeyHasAllTheRoom() {
        var shares = NonceShares(capacity: 100)
        #expect(self.fill(&shares, 1, among: 1) == 100)
    }

    @Test(arguments: [2, 3, 10, 50])
    func everyKeyKeepsItsPartWhateverTheOthersTake(keyCount: Int) {
        var shares = NonceShares(capacity: 100)
        _ = self.fill(&shares, 0, among: keyCount)
        let counts = (1..<UInt64(keyCount)).map { self.fill(&shares, $0, among: keyCount) }
        #expect(counts.allSatisfy { $0 >= 50 / keyCount }, "\(counts)")
    }

    /// What is given back is there again, in whatever order the keys come and however often their number changes.
    @Test func theCountComesOutEven() {
        var generator = SystemRandomNumberGenerator()
        var shares = NonceShares(capacity: 60)
        var held: [UInt64] = []
        for _ in 0..<5000 {
            let key = UInt64.random(in: 0..<5, using: &generator)
            if Bool.random(using: &generator), shares.hasRoom(for: key, among: Int.random(in: 1...5, using: &generator))
            {
                shares.add(key)
                held.append(key)
            } else if !held.isEmpty {
                shares.remove(held.remove(at: Int.random(in: held.indices, using: &generator)))
            }
            #expect(held.count <= 90, "at most half as much again, while the number of keys grows")
        }
        for key in held { shares.remove(key) }
        #expect(self.fill(&shares, 1, among: 1) == 60)
    }

    @Test func moreKeysThanRoomStillHaveOneEach() {
        var shares = NonceShares(capacity: 100)
        _ = self.fill(&shares, 0, among: 1000)
        #expect(self.fill(&shares, 1, among: 1000) == 1)
    }
}
