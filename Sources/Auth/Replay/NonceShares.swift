/// Divides the room for nonces among the keys, so that one key cannot lock out another.
///
/// Half of the room is reserved in equal parts, one for each authorized key. The other half goes to whichever key needs
/// it first. One key alone may therefore use all of the room.
struct NonceShares: Sendable {
    let capacity: Int
    private var counts: [UInt64: Int] = [:]
    /// Nonces that each key may have whatever the others do.
    private var reserve: Int
    private var keyCount = 1
    /// Nonces beyond the reserve, of all keys together.
    private var excess = 0

    init(capacity: Int) {
        self.capacity = capacity
        self.reserve = Self.reserve(of: capacity, keyCount: 1)
    }

    /// - Parameter keyCount: how many keys are authorized at the moment; a reload may change it.
    mutating func hasRoom(for key: UInt64, among keyCount: Int) -> Bool {
        self.divide(among: max(keyCount, 1))
        let count = self.counts[key, default: 0]
        return count < self.reserve || self.excess < self.capacity - self.keyCount * self.reserve
    }

    mutating func add(_ key: UInt64) {
        let count = self.counts[key, default: 0]
        self.counts[key] = count + 1
        if count >= self.reserve { self.excess += 1 }
    }

    mutating func remove(_ key: UInt64) {
        guard let count = self.counts[key] else { return }
        if count > self.reserve { self.excess -= 1 }
        self.counts[key] = count > 1 ? count - 1 : nil
    }

    private mutating func divide(among keyCount: Int) {
        guard keyCount != self.keyCount else { return }
        self.keyCount = keyCount
        self.reserve = Self.reserve(of: self.capacity, keyCount: keyCount)
        self.excess = self.counts.values.reduce(0) { $0 + max(0, $1 - self.reserve) }
    }

    private static func reserve(of capacity: Int, keyCount: Int) -> Int { max(1, capacity / 2 / keyCount) }
}
