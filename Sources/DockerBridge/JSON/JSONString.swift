/// A JSON string where it stands in the text, without its quotes.
package struct JSONString {
    let text: UnsafeRawBufferPointer
    let hasEscapes: Bool

    /// Compares without decoding; `other` must hold nothing that JSON escapes.
    package func isEqual(to other: StaticString) -> Bool {
        if self.hasEscapes { return self.decoded == "\(other)" }
        return self.text.count == other.utf8CodeUnitCount
            && other.withUTF8Buffer { self.text.elementsEqual($0) }
    }

    /// The text itself. Lone surrogates and invalid UTF-8 become U+FFFD.
    package var decoded: String {
        guard self.hasEscapes else { return String(decoding: self.text, as: UTF8.self) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.text.count)
        var index = 0
        while index < self.text.count {
            let byte = self.text[index]
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                index += 1
                continue
            }
            index += self.appendEscape(at: index, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes as they stand, for values that hold no escapes (base64, ids).
    package var raw: UnsafeRawBufferPointer? { self.hasEscapes ? nil : self.text }

    /// Returns the escape's length in the text.
    private func appendEscape(at index: Int, to bytes: inout [UInt8]) -> Int {
        switch self.text[index + 1] {
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0c)
        case UInt8(ascii: "n"): bytes.append(0x0a)
        case UInt8(ascii: "r"): bytes.append(0x0d)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            let high = self.codeUnit(at: index + 2)
            if UTF16.isLeadSurrogate(high), let low = self.lowSurrogate(at: index + 6) {
                let scalar = 0x10000 + (UInt32(high & 0x3ff) << 10) + UInt32(low & 0x3ff)
                bytes.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{fffd}").utf8)
                return 12
            }
            bytes.append(contentsOf: String(Unicode.Scalar(UInt32(high)) ?? "\u{fffd}").utf8)
            return 6
        case let literal: bytes.append(literal)
        }
        return 2
    }

    private func codeUnit(at index: Int) -> UInt16 {
        self.text[index..<(index + 4)].reduce(0) { $0 << 4 | UInt16($1.hexDigit ?? 0) }
    }

    private func lowSurrogate(at index: Int) -> UInt16? {
        guard index + 6 <= self.text.count, self.text[index] == UInt8(ascii: "\\"),
            self.text[index + 1] == UInt8(ascii: "u")
        else { return nil }
        let unit = self.codeUnit(at: index + 2)
        return UTF16.isTrailSurrogate(unit) ? unit : nil
    }
}

extension UInt8 {
    var hexDigit: Int? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self) - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self) - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self) - 55
        default: nil
        }
    }
}
