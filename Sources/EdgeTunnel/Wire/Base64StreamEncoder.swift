/// Turns a body that arrives in pieces of any size into one base64 text.
///
/// A piece seldom ends on a group of three bytes, so the one or two bytes left over wait here for the next piece.
/// Base64 of each piece on its own would put padding in the middle of the text.
struct Base64StreamEncoder {
    /// The waiting bytes, first byte lowest; meaningful up to `carriedCount`.
    private var carried: UInt32 = 0
    /// 0, 1 or 2.
    private(set) var carriedCount = 0

    /// Characters that `append` will write for a piece of `count` bytes.
    func encodedLength(appending count: Int) -> Int {
        (self.carriedCount + count) / 3 * 4
    }

    /// Encodes as much as makes whole groups.
    ///
    /// `destination` must have room for `encodedLength(appending: source.count)` bytes and must not overlap `source`.
    /// - Returns: the number of bytes written.
    mutating func append(_ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawPointer) -> Int {
        var read = 0
        var written = 0
        if self.carriedCount > 0 {
            while self.carriedCount < 3, read < source.count {
                self.carry(source[read])
                read += 1
            }
            guard self.carriedCount == 3 else { return 0 }
            destination.storeBytes(of: Base64.quad(self.carried.byteSwapped >> 8), as: UInt32.self)
            self.forget()
            written = 4
        }
        let whole = read + (source.count - read) / 3 * 3
        let triples = UnsafeRawBufferPointer(rebasing: source[read..<whole])
        written += Base64.encodeTriples(triples, into: destination + written)
        for byte in source[whole...] {
            self.carry(byte)
        }
        return written
    }

    /// Writes the padded end of the text, if bytes are waiting, and makes the encoder ready for a new body.
    ///
    /// `destination` must have room for four bytes.
    /// - Returns: the number of bytes written: 0 or 4.
    mutating func finish(into destination: UnsafeMutableRawPointer) -> Int {
        let written = withUnsafeBytes(of: self.carried.littleEndian) { bytes in
            Base64.encodeTail(UnsafeRawBufferPointer(rebasing: bytes[..<self.carriedCount]), into: destination)
        }
        self.forget()
        return written
    }

    private mutating func carry(_ byte: UInt8) {
        self.carried |= UInt32(byte) << UInt32(8 * self.carriedCount)
        self.carriedCount += 1
    }

    private mutating func forget() {
        self.carried = 0
        self.carriedCount = 0
    }
}
