import NIOCore

/// Cuts a stream of bytes into lines.
struct LineSplitter {
    /// Bytes of a line that is kept; an event carries all labels of its container.
    static let limit = 1 << 20

    private let limit: Int
    private var rest = ByteBuffer()
    /// Inside a line that was too long; the remainder of it is dropped too.
    private var isSkipping = false

    init(limit: Int = Self.limit) {
        self.limit = min(limit, Self.limit)
    }

    /// Bytes of the line that is not complete yet.
    var heldBytes: Int { self.rest.readableBytes }

    /// - Returns: the complete lines, without their ends and without empty ones.
    mutating func take(_ bytes: ByteBuffer) -> [ByteBuffer] {
        var bytes = bytes
        var lines: [ByteBuffer] = []
        while let newline = bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            guard let end = bytes.readSlice(length: newline - bytes.readerIndex) else { break }
            bytes.moveReaderIndex(forwardBy: 1)
            if let line = self.complete(end) { lines.append(line) }
        }
        self.keep(bytes)
        return lines
    }

    private mutating func complete(_ end: ByteBuffer) -> ByteBuffer? {
        defer {
            self.rest = ByteBuffer()
            self.isSkipping = false
        }
        guard !self.isSkipping, self.rest.readableBytes + end.readableBytes <= self.limit else { return nil }
        if self.rest.readableBytes == 0 { return end.readableBytes > 0 ? end : nil }
        var line = self.rest
        line.writeImmutableBuffer(end)
        return line
    }

    private mutating func keep(_ bytes: ByteBuffer) {
        guard !self.isSkipping else { return }
        self.rest.writeImmutableBuffer(bytes)
        if self.rest.readableBytes > self.limit {
            self.rest = ByteBuffer()
            self.isSkipping = true
        }
    }
}
