/// Turns body bytes into the text that a JSON frame can carry, and back.
///
/// Works on raw memory, allocates nothing and uses no tables: twelve bytes (sixteen characters) at a time in a vector,
/// because at tunnel speeds this is the largest single cost of a frame.
enum Base64 {
    /// Characters needed for `count` bytes, padding included.
    static func encodedLength(_ count: Int) -> Int {
        (count + 2) / 3 * 4
    }

    /// Writes `source` in the standard alphabet with padding.
    ///
    /// `destination` must have room for `encodedLength(source.count)` bytes and must not overlap `source`.
    /// - Returns: the number of bytes written.
    static func encode(_ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawPointer) -> Int {
        let whole = source.count - source.count % 3
        let written = self.encodeTriples(UnsafeRawBufferPointer(rebasing: source[..<whole]), into: destination)
        let rest = UnsafeRawBufferPointer(rebasing: source[whole...])
        return written + self.encodeTail(rest, into: destination + written)
    }

    /// Writes whole groups of three bytes; the part of `encode` that needs no padding.
    static func encodeTriples(_ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawPointer) -> Int {
        guard let base = source.baseAddress else { return 0 }
        var read = 0
        var written = 0
        // The second half loads two bytes more than it uses, so fourteen are asked for rather than twelve.
        while source.count &- read >= 14 {
            let indices = SIMD2(self.indices(base + read), self.indices(base + read + 6))
            let characters = self.characters(unsafeBitCast(indices, to: SIMD16<Int8>.self))
            destination.storeBytes(of: characters, toByteOffset: written, as: SIMD16<Int8>.self)
            read &+= 12
            written &+= 16
        }
        while read < source.count {
            destination.storeBytes(of: self.quad(self.group(base + read)), toByteOffset: written, as: UInt32.self)
            read += 3
            written += 4
        }
        return written
    }

    /// Writes the padded quad for the one or two bytes after the last whole group; nothing for none.
    static func encodeTail(_ rest: UnsafeRawBufferPointer, into destination: UnsafeMutableRawPointer) -> Int {
        guard !rest.isEmpty else { return 0 }
        let second: UInt8 = rest.count == 2 ? rest[1] : 0
        destination.storeBytes(of: self.quad(UInt32(rest[0]) << 16 | UInt32(second) << 8), as: UInt32.self)
        if rest.count == 1 {
            destination.storeBytes(of: UInt8(ascii: "="), toByteOffset: 2, as: UInt8.self)
        }
        destination.storeBytes(of: UInt8(ascii: "="), toByteOffset: 3, as: UInt8.self)
        return 4
    }

    /// The four characters, in memory order, for the low 24 bits of `group` (first byte highest).
    static func quad(_ group: UInt32) -> UInt32 {
        let first = UInt32(self.character(UInt8(truncatingIfNeeded: group >> 18)))
        let second = UInt32(self.character(UInt8(truncatingIfNeeded: group >> 12)))
        let third = UInt32(self.character(UInt8(truncatingIfNeeded: group >> 6)))
        let fourth = UInt32(self.character(UInt8(truncatingIfNeeded: group)))
        return (first | second << 8 | third << 16 | fourth << 24).littleEndian
    }

    @inline(__always)
    private static func character(_ value: UInt8) -> UInt8 {
        let index = value & 0x3F
        return switch index {
        case 0..<26: index &+ 65
        case 26..<52: index &+ 71
        case 52..<62: index &- 4
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    /// Three bytes, first byte highest.
    @inline(__always)
    private static func group(_ pointer: UnsafeRawPointer) -> UInt32 {
        let high = UInt32(UInt16(bigEndian: pointer.loadUnaligned(as: UInt16.self)))
        return high << 8 | UInt32(pointer.load(fromByteOffset: 2, as: UInt8.self))
    }

    /// Spreads six bytes over eight, six bits each, in memory order.
    @inline(__always)
    private static func indices(_ pointer: UnsafeRawPointer) -> UInt64 {
        let bytes = UInt64(bigEndian: pointer.loadUnaligned(as: UInt64.self))
        let groups = (bytes >> 8) & 0x00FF_FFFF_0000_0000 | (bytes >> 16) & 0x00FF_FFFF
        let halves = (groups & 0x00FF_F000_00FF_F000) << 4 | groups & 0x0000_0FFF_0000_0FFF
        let indices = (halves & 0x0FC0_0FC0_0FC0_0FC0) << 2 | halves & 0x003F_003F_003F_003F
        return indices.bigEndian
    }

    /// Each range of the alphabet is a fixed distance from its index: starts with that of A–Z and steps at each border.
    ///
    /// Only comparisons, additions and mask operations on whole vectors: the other vector operators, and those that
    /// take a scalar, are compiled lane by lane.
    @inline(__always)
    private static func characters(_ indices: SIMD16<Int8>) -> SIMD16<Int8> {
        var characters = indices &+ SIMD16(repeating: 65)
        characters &+= self.step(6, where: indices .> SIMD16(repeating: 25))
        characters &+= self.step(-75, where: indices .> SIMD16(repeating: 51))
        characters &+= self.step(-15, where: indices .> SIMD16(repeating: 61))
        characters &+= self.step(3, where: indices .> SIMD16(repeating: 62))
        return characters
    }

    @inline(__always)
    static func step(_ distance: Int8, where mask: SIMDMask<SIMD16<Int8>>) -> SIMD16<Int8> {
        let distances = unsafeBitCast(SIMD16(repeating: distance), to: SIMDMask<SIMD16<Int8>>.self)
        return unsafeBitCast(mask .& distances, to: SIMD16<Int8>.self)
    }
}

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
