/// The pieces of a text between separators, empty ones included, one at a time.
///
/// A list of all pieces would take many times the memory of the text: a client may send a text of megabytes that is hardly
/// anything but separators.
struct Pieces: Sequence, IteratorProtocol {
    private var rest: Substring.UTF8View?
    private let separator: UInt8

    init(of text: String, separator: Unicode.Scalar) {
        self.rest = text.utf8[...]
        self.separator = UInt8(ascii: separator)
    }

    mutating func next() -> Substring? {
        guard let rest = self.rest else { return nil }
        guard let end = rest.firstIndex(of: self.separator) else {
            self.rest = nil
            return Substring(rest)
        }
        self.rest = rest[rest.index(after: end)...]
        return Substring(rest[..<end])
    }
}
