/// A container's name in which `*` stands for any text and `?` for any one character.
struct Pattern: Sendable, Equatable {
    let text: String
    private let bytes: [UInt8]

    init(_ text: String) {
        self.text = text
        self.bytes = Array(text.utf8)
    }

    /// Its bytes when it stands for nothing but itself.
    var literal: [UInt8]? {
        self.bytes.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") } ? nil : self.bytes
    }

    /// Linear in the name for every `*`: a pattern cannot make it slow.
    func matches(_ name: String) -> Bool {
        let (pattern, name) = (self.bytes, Array(name.utf8))
        var (p, n) = (0, 0)
        var star: (p: Int, n: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == name[n] {
                (p, n) = (p + 1, n + 1)
            } else if let last = star {
                // Let the last star take one more.
                star = (last.p, last.n + 1)
                (p, n) = (last.p + 1, last.n + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
