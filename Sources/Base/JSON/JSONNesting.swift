/// Which objects and arrays are open, one bit each, so that a hostile text can use neither stack nor heap.
struct JSONNesting {
    /// Deeper texts are refused; Docker's and the controller's stay below twenty levels.
    static let maximumDepth = 512

    private(set) var depth = 0
    /// Whether the innermost open value is an object. Meaningless at depth 0.
    private(set) var isObject = false
    private var objects = [8 of UInt64](repeating: 0)

    /// - Returns: false, with nothing changed, at the maximum depth.
    mutating func push(isObject: Bool) -> Bool {
        guard self.depth < Self.maximumDepth else { return false }
        let bit: UInt64 = 1 << UInt64(self.depth % 64)
        if isObject {
            self.objects[self.depth / 64] |= bit
        } else {
            self.objects[self.depth / 64] &= ~bit
        }
        self.isObject = isObject
        self.depth += 1
        return true
    }

    mutating func pop() {
        self.depth -= 1
        guard self.depth > 0 else { return }
        let top = self.depth - 1
        self.isObject = self.objects[top / 64] >> UInt64(top % 64) & 1 == 1
    }
}
