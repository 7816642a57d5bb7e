/// Tells text from other bytes: frames must be valid UTF-8, or the controller closes the session with 1007.
package enum UTF8Check {
    /// What stands at a byte of 0x80 or above.
    enum Sequence: Equatable {
        /// One character of this many bytes (2 to 4).
        case valid(Int)
        /// This many bytes (1 to 3) that together stand for one U+FFFD: the "maximal subpart" of the Unicode standard,
        /// section 3.9.
        case broken(Int)
        /// This many bytes (1 to 3) that begin a character whose rest lies beyond the end.
        case cut(Int)
    }

    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset < bytes.count {
            if bytes.count &- offset >= 32 {
                let words = bytes.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
                if (words[0] | words[1] | words[2] | words[3]) & 0x8080_8080_8080_8080 == 0 {
                    offset &+= 32
                    continue
                }
            }
            if bytes[offset] < 0x80 {
                offset &+= 1
            } else {
                guard case .valid(let count) = self.sequence(in: bytes, at: offset) else { return false }
                offset &+= count
            }
        }
        return true
    }

    /// Bytes at the end (0 to 3) that begin a character and may be completed by what comes next.
    ///
    /// Text that arrives in pieces holds them back, so that no piece cuts a character.
    package static func incompleteTail(_ bytes: UnsafeRawBufferPointer) -> Int {
        for count in 1...3 where count <= bytes.count {
            let offset = bytes.count - count
            let isLead = bytes[offset] >= 0xC0
            guard isLead else { continue }
            return self.sequence(in: bytes, at: offset) == .cut(count) ? count : 0
        }
        return 0
    }

    /// Looks at the byte at `offset`, which must be 0x80 or above, and its followers.
    static func sequence(in bytes: UnsafeRawBufferPointer, at offset: Int) -> Sequence {
        let length: Int
        var allowed: ClosedRange<UInt8> = 0x80...0xBF
        // Table 3-7 of the Unicode standard: the second byte is what rules out long forms, surrogates and the far end.
        switch bytes[offset] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, allowed) = (3, 0xA0...0xBF)
        case 0xED: (length, allowed) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, allowed) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, allowed) = (4, 0x80...0x8F)
        default: return .broken(1)
        }
        for count in 1..<length {
            guard offset + count < bytes.count else { return .cut(count) }
            guard allowed.contains(bytes[offset + count]) else { return .broken(count) }
            allowed = 0x80...0xBF
        }
        return .valid(length)
    }
}
