import Glibc

/// The lines of a head, one after the other. Each must end in CR LF.
struct HeadLines {
    private let bytes: UnsafeRawBufferPointer
    /// Where the next line begins.
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// - Returns: the next line without its line end, which is empty at the end of a head; `nil` when it is not complete.
    mutating func next() throws(WireFault) -> Range<Int>? {
        let start = self.position
        guard let end = self.bytes.lineFeed(from: start) else { return nil }
        guard end > start, self.bytes[end - 1] == UInt8(ascii: "\r") else { throw .lineEnd }
        self.position = end + 1
        return start..<(end - 1)
    }
}

/// Looks for the end of a head that arrives in pieces, and at every byte once.
package struct HeadSearch {
    /// The beginning of what has arrived that holds no end.
    private var searchedBytes = 0

    package init() {}

    /// - Parameter bytes: everything that has arrived of the head, and what may follow it.
    /// - Returns: the number of bytes up to and with the empty line; `nil` when it has not arrived yet.
    package mutating func end(in bytes: UnsafeRawBufferPointer) -> Int? {
        var index = self.searchedBytes
        while let feed = bytes.lineFeed(from: index) {
            let next = feed + 1
            if next + 1 < bytes.count, bytes[next] == 0x0d, bytes[next + 1] == 0x0a { return next + 2 }
            // Not ours, but an end that others see; the parser says what is wrong with it.
            if next < bytes.count, bytes[next] == 0x0a { return next + 1 }
            index = next
        }
        // The last bytes may be the beginning of an end.
        self.searchedBytes = max(0, bytes.count - 3)
        return nil
    }
}

extension UnsafeRawBufferPointer {
    /// Where the next line feed is.
    func lineFeed(from start: Int) -> Int? {
        guard start < self.count, let base = self.baseAddress,
            let found = memchr(base + start, Int32(UInt8(ascii: "\n")), self.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }
}

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
