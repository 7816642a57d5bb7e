/// Whether bytes are well-formed UTF-8 (Unicode table 3-7).
package enum UTF8Check {
    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while true {
            index = Self.skipASCII(bytes, from: index)
            guard index < bytes.count else { return true }
            let length = Self.sequenceLength(bytes, at: index)
            guard length.isComplete else { return false }
            index += length.bytes
        }
    }

    /// The first byte at or behind `start` with its high bit set; the end when there is none.
    static func skipASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index + 32 <= bytes.count {
            let a = bytes.loadUnaligned(fromByteOffset: index, as: SIMD32<UInt8>.self)
            if (a & 0x80) != SIMD32<UInt8>(repeating: 0) { break }
            index += 32
        }
        while index < bytes.count, bytes[index] < 0x80 { index += 1 }
        return index
    }

    /// How many bytes at `index` form a sequence. When they do not, `bytes` is the longest part that could have
    /// begun one (at least 1): what a single U+FFFD stands for.
    static func sequenceLength(
        _ bytes: UnsafeRawBufferPointer,
        at index: Int
    ) -> (bytes: Int, isComplete: Bool) {
        let expected: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch bytes[index] {
        case 0x00...0x7f: return (1, true)
        case 0xc2...0xdf: expected = 2
        case 0xe0:
            expected = 3
            second = 0xa0...0xbf
        case 0xed:
            expected = 3
            second = 0x80...0x9f
        case 0xe1...0xef: expected = 3
        case 0xf0:
            expected = 4
            second = 0x90...0xbf
        case 0xf1...0xf3: expected = 4
        case 0xf4:
            expected = 4
            second = 0x80...0x8f
        default: return (1, false)
        }
        for step in 1..<expected {
            let allowed = step == 1 ? second : 0x80...0xbf
            guard index + step < bytes.count, allowed.contains(bytes[index + step]) else { return (step, false) }
        }
        return (expected, true)
    }
}
