/// A container's name in which `*` stands for any text and `?` for any one character.
struct Pattern: Sendable, Equatable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// Linear in the name for every `*`: a pattern cannot make it slow.
    func matches(_ name: String) -> Bool {
        let (pattern, name) = (Array(self.text.utf8), Array(name.utf8))
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
