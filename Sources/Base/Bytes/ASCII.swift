/// The classes of ASCII bytes that our formats are made of. Bytes of longer UTF-8 characters belong to none of them.
extension UInt8 {
    @inlinable package var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    @inlinable package var isLetter: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self | 0x20 }

    @inlinable package var isAlphanumeric: Bool { self.isDigit || self.isLetter }

    /// A space or a tab: the optional white space of header fields.
    @inlinable package var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// White space between the values of a JSON text.
    @inlinable package var isJSONSpace: Bool { self == 0x20 || self == 0x0a || self == 0x0d || self == 0x09 }

    /// A character with a picture of its own, or a space: 0x20 to 0x7E.
    @inlinable package var isPrintableASCII: Bool { 0x20...0x7e ~= self }

    /// The same without the space: 0x21 to 0x7E.
    @inlinable package var isVisibleASCII: Bool { 0x21...0x7e ~= self }

    @inlinable package var asciiLowercased: UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self
    }

    /// The value of a hexadecimal digit in either case, 0 to 15.
    @inlinable package var hexDigit: Int? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self) - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self) - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self) - 55
        default: nil
        }
    }

    /// The lowercase hexadecimal digit of the low four bits.
    @inlinable package var lowHexDigit: UInt8 {
        let value = self & 0xf
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
