/// Walks the lines of a text without copying it. Lines end with LF or CRLF; neither is part of the line.
package struct LineRanges {
    private var position = 0
    private let end: Int

    package init(of text: Span<UInt8>) {
        self.end = text.count
    }

    package mutating func next(in text: Span<UInt8>) -> Range<Int>? {
        guard self.position < self.end else { return nil }
        let start = self.position
        var stop = start
        while stop < self.end && text[stop] != UInt8(ascii: "\n") {
            stop += 1
        }
        self.position = stop + 1
        if stop > start && text[stop - 1] == UInt8(ascii: "\r") {
            stop -= 1
        }
        return start..<stop
    }
}
