extension Base64 {
    /// Replaces the first `count` bytes of `memory` by their text, which begins `offset` bytes into `memory`.
    ///
    /// Works from the end, in pieces whose text lies behind all bytes that are still to be read. A piece is a quarter of
    /// what is left or more, so that 12 MiB take fewer than 60 of them.
    ///
    /// `memory` must have room for `offset + encodedLength(count)` bytes; `offset` is 3 or more.
    static func encodeInPlace(_ memory: UnsafeMutableRawBufferPointer, count: Int, at offset: Int) {
        guard let base = memory.baseAddress, offset >= 3, memory.count >= offset + self.encodedLength(count) else {
            preconditionFailure("no room to encode \(count) bytes \(offset) bytes further on")
        }
        var left = count
        while left > 0 {
            // The least group of three bytes whose text begins at `left` or behind it. With an offset of 3 that is
            // always before `left`.
            let start = (max(0, left - offset) + 3) / 4 * 3
            let piece = UnsafeRawBufferPointer(rebasing: memory[start..<left])
            _ = self.encode(piece, into: base + offset + start / 3 * 4)
            left = start
        }
    }
}
