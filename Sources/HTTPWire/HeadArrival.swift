/// When a head that arrives in pieces is worth parsing, so that however it is cut, each of its bytes is looked at a fixed number
/// of times.
///
/// The first complete line is: it tells whether the peer speaks HTTP at all. After that only the end of the head is, or its
/// bound.
package struct HeadArrival {
    private var hasFirstLine = false
    /// Bytes from the front that were looked at.
    private var scanned = 0

    package init() {}

    /// - Parameters:
    ///   - bytes: all that has arrived of the head, the same as before and more behind it.
    ///   - maximumBytes: as of the parser, which refuses a head that has so many.
    package mutating func isWorthParsing(_ bytes: UnsafeRawBufferPointer, maximumBytes: Int) -> Bool {
        if bytes.count >= maximumBytes { return true }
        if !self.hasFirstLine {
            guard let end = bytes[self.scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
                self.scanned = bytes.count
                return false
            }
            (self.hasFirstLine, self.scanned) = (true, end)
            return true
        }
        // At each line end: is the next line empty? A line end without CR is the parser's to refuse.
        while let end = bytes[self.scanned...].firstIndex(of: UInt8(ascii: "\n")) {
            self.scanned = end
            let next = bytes[(end + 1)...].prefix(2)
            if next.first == UInt8(ascii: "\n") || next.elementsEqual([UInt8(ascii: "\r"), UInt8(ascii: "\n")]) {
                return true
            }
            // Whether it is empty cannot be told yet.
            if next.isEmpty || next.count == 1 && next.first == UInt8(ascii: "\r") { return false }
            self.scanned = end + 1
        }
        self.scanned = bytes.count
        return false
    }
}
