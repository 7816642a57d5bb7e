/// When a head that arrives in pieces is worth parsing, so that however it is cut, each of its bytes is looked at a fixed number
/// of times.
///
/// The first complete line is: it tells whether the peer speaks HTTP at all. After that only the end of the head is, or its
/// bound.
package struct HeadArrival {
    private var hasFirstLine = false
    /// Bytes from the front that hold no line end.
    private var scanned = 0
    private var search = HeadSearch()

    package init() {}

    /// - Parameters:
    ///   - bytes: all that has arrived of the head, the same as before and more behind it.
    ///   - maximumBytes: as of the parser, which refuses a head that has so many.
    package mutating func isWorthParsing(_ bytes: UnsafeRawBufferPointer, maximumBytes: Int) -> Bool {
        if bytes.count >= maximumBytes { return true }
        if self.hasFirstLine { return self.search.end(in: bytes) != nil }
        self.hasFirstLine = bytes.lineFeed(from: self.scanned) != nil
        self.scanned = bytes.count
        return self.hasFirstLine
    }
}
