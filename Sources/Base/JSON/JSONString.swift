/// A string found in a JSON text, still as it is written there.
///
/// A view: must not outlive the memory of the text.
package struct JSONString {
    /// What stands between the quotes; checked, but escapes not resolved.
    package let bytes: UnsafeRawBufferPointer
    /// Where that is in the text.
    let range: Range<Int>
    /// Whether `bytes` differs from the value of the string.
    package let hasEscapes: Bool

    @inline(__always)
    init(in text: UnsafeRawBufferPointer, _ range: Range<Int>, hasEscapes: Bool) {
        self.bytes = UnsafeRawBufferPointer(rebasing: text[range])
        self.range = range
        self.hasEscapes = hasEscapes
    }

    /// The value. Half of a surrogate pair without the other becomes U+FFFD.
    package var decoded: String {
        guard self.hasEscapes else { return String(decoding: self.bytes, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: self.bytes.count) {
            self.decode(into: UnsafeMutableRawPointer($0.baseAddress!))
        }
    }

    /// Compares the value, mostly without resolving anything.
    package func isEqual(to other: StaticString) -> Bool {
        guard !self.hasEscapes else { return self.decoded == String(describing: other) }
        guard self.bytes.count == other.utf8CodeUnitCount else { return false }
        return self.bytes.elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
    }

    /// For `switch key { case "name": … }`.
    @inlinable package static func ~= (name: StaticString, string: JSONString) -> Bool { string.isEqual(to: name) }

    /// The value, or `nil` where half of a surrogate pair stands without the other: for texts that decide who gets in, which
    /// must not read as another text.
    package var strictlyDecoded: String? { self.hasLoneSurrogate ? nil : self.decoded }

    /// Writes the value as UTF-8.
    ///
    /// `destination` must have room for `bytes.count` bytes: no escape is shorter than what it stands for.
    /// - Returns: the number of bytes written.
    package func decode(into destination: UnsafeMutableRawPointer) -> Int {
        var written = 0
        var offset = 0
        while offset < self.bytes.count {
            let byte = self.bytes[offset]
            if byte != UInt8(ascii: "\\") {
                destination.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
                written += 1
                offset += 1
            } else if self.bytes[offset + 1] != UInt8(ascii: "u") {
                destination.storeBytes(of: Self.short(self.bytes[offset + 1]), toByteOffset: written, as: UInt8.self)
                written += 1
                offset += 2
            } else {
                for byte in UTF8.encode(self.scalar(at: &offset))! {
                    destination.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
                    written += 1
                }
            }
        }
        return written
    }

    /// Meaning of the letter after a backslash; quote, backslash and slash mean themselves.
    private static func short(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: letter
        }
    }

    /// Resolves one `\uXXXX`, or two that are a surrogate pair, and moves `offset` behind it.
    private func scalar(at offset: inout Int) -> Unicode.Scalar {
        let unit = self.unit(at: offset)
        offset += 6
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(unit), offset + 6 <= self.bytes.count,
            self.bytes[offset] == UInt8(ascii: "\\"), self.bytes[offset + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        let second = self.unit(at: offset)
        guard UTF16.isTrailSurrogate(second) else { return "\u{FFFD}" }
        offset += 6
        return Unicode.Scalar(0x10000 + UInt32(unit & 0x3FF) << 10 + UInt32(second & 0x3FF))!
    }

    private var hasLoneSurrogate: Bool {
        guard self.hasEscapes else { return false }
        var offset = 0
        while offset < self.bytes.count {
            if self.bytes[offset] != UInt8(ascii: "\\") {
                offset += 1
            } else if self.bytes[offset + 1] != UInt8(ascii: "u") {
                offset += 2
            } else {
                let isHalf = UTF16.isSurrogate(self.unit(at: offset))
                if isHalf, self.scalar(at: &offset) == "\u{FFFD}" { return true }
                if !isHalf { offset += 6 }
            }
        }
        return false
    }

    private func unit(at offset: Int) -> UInt16 {
        self.bytes[(offset + 2)..<(offset + 6)].reduce(0) { unit, digit in
            unit << 4 | UInt16(digit & 0x0F) + (digit > UInt8(ascii: "9") ? 9 : 0)
        }
    }
}
