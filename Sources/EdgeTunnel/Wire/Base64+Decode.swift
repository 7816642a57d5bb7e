extension Base64 {
    /// Most bytes that `count` characters can stand for.
    static func maximumDecodedLength(_ count: Int) -> Int {
        (count + 3) / 4 * 3
    }

    /// Reads the standard and the url-safe alphabet (also mixed), padded or not; unused bits of the last character are
    /// not looked at.
    ///
    /// `destination` must have room for `maximumDecodedLength(source.count)` bytes. It may be the memory of `source`
    /// itself, which is then decoded in place.
    /// - Returns: the number of bytes written, or nil (with `destination` in any state) for a foreign character, one
    ///   left-over character, or padding that is not exactly what the length asks for.
    static func decode(_ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawPointer) -> Int? {
        guard let base = source.baseAddress else { return 0 }
        guard let count = self.unpaddedCount(source) else { return nil }
        var read = 0
        var written = 0
        // Each step writes two bytes more than it decodes, so there must be more text to come.
        while count &- read >= 20 {
            let text = (base + read).loadUnaligned(as: SIMD16<Int8>.self)
            guard let values = self.values(of: text) else { return nil }
            destination.storeBytes(of: self.packed(values[0]), toByteOffset: written, as: UInt64.self)
            destination.storeBytes(of: self.packed(values[1]), toByteOffset: written &+ 6, as: UInt64.self)
            read &+= 16
            written &+= 12
        }
        while read < count {
            let taken = min(4, count - read)
            var group: UInt32 = 0
            for index in 0..<taken {
                guard let value = self.value(of: source[read + index]) else { return nil }
                group |= UInt32(value) << UInt32(18 - 6 * index)
            }
            for index in 0..<(taken - 1) {
                let byte = UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * index))
                destination.storeBytes(of: byte, toByteOffset: written + index, as: UInt8.self)
            }
            read += taken
            written += taken - 1
        }
        return written
    }

    /// Length without the padding, or nil if length and padding do not fit together.
    private static func unpaddedCount(_ source: UnsafeRawBufferPointer) -> Int? {
        let padding = UInt8(ascii: "=")
        var count = source.count
        while count > 0, source.count - count < 3, source[count - 1] == padding {
            count -= 1
        }
        let stripped = source.count - count
        guard count % 4 != 1 else { return nil }
        return stripped == 0 || stripped == (4 - count % 4) % 4 ? count : nil
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character + 4
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }

    /// Six-bit values of sixteen characters, or nil if one is foreign.
    ///
    /// Built from the few whole-vector operators that compile well, as `Base64.encode` is. The ranges are apart from
    /// each other, so at most one step is taken; a character in none of them keeps the high bit.
    @inline(__always)
    private static func values(of text: SIMD16<Int8>) -> SIMD2<UInt64>? {
        let upper = self.mask(of: text, from: 65, through: 90)
        let lower = self.mask(of: text, from: 97, through: 122)
        let digit = self.mask(of: text, from: 48, through: 57)
        let plus = self.mask(of: text, from: 43, through: 43) .| self.mask(of: text, from: 45, through: 45)
        let slash = self.mask(of: text, from: 47, through: 47) .| self.mask(of: text, from: 95, through: 95)
        let letter = upper .| lower .| digit
        var distances = self.step(-65, where: upper)
        distances &+= self.step(-71, where: lower)
        distances &+= self.step(4, where: digit)
        let letters = unsafeBitCast(text &+ distances, to: SIMDMask<SIMD16<Int8>>.self) .& letter
        var values = unsafeBitCast(letters, to: SIMD16<Int8>.self) &+ SIMD16(repeating: -128)
        values &+= self.step(62, where: plus)
        values &+= self.step(63, where: slash)
        values &+= self.step(-128, where: letter .| plus .| slash)
        let halves = unsafeBitCast(values, to: SIMD2<UInt64>.self)
        return (halves[0] | halves[1]) & 0x8080_8080_8080_8080 == 0 ? halves : nil
    }

    /// True where the character is in the range; never for bytes of 0x80 and above, which are negative here.
    ///
    /// One comparison per statement: inside a longer expression the compiler picks the slow, lane-by-lane overload.
    @inline(__always)
    private static func mask(of text: SIMD16<Int8>, from first: Int8, through last: Int8) -> SIMDMask<SIMD16<Int8>> {
        let reaches: SIMDMask<SIMD16<Int8>> = text .> SIMD16(repeating: first - 1)
        let exceeds: SIMDMask<SIMD16<Int8>> = text .< SIMD16(repeating: last + 1)
        return reaches .& exceeds
    }

    /// Joins eight six-bit values to six bytes, in memory order; the last two bytes are zero.
    @inline(__always)
    private static func packed(_ values: UInt64) -> UInt64 {
        let indices = UInt64(bigEndian: values)
        let halves = (indices >> 2) & 0x0FC0_0FC0_0FC0_0FC0 | indices & 0x003F_003F_003F_003F
        let groups = (halves >> 4) & 0x00FF_F000_00FF_F000 | halves & 0x0000_0FFF_0000_0FFF
        let bytes = (groups << 8) & 0xFFFF_FF00_0000_0000 | (groups << 16) & 0x0000_00FF_FFFF_0000
        return bytes.bigEndian
    }
}
