/// Percent coding of paths, queries and addresses (RFC 3986 §2.1).
extension StringProtocol {
    /// Malformed escapes are left unchanged; bytes that are not UTF-8 become U+FFFD.
    package var percentDecoded: String {
        guard self.utf8.contains(UInt8(ascii: "%")) else { return String(self) }
        return String(decoding: self.percentDecodedBytes.bytes, as: UTF8.self)
    }

    /// `nil` where an escape is malformed or the result is not UTF-8.
    package var strictlyPercentDecoded: String? {
        let (bytes, isSound) = self.percentDecodedBytes
        return isSound ? String(validating: bytes, as: UTF8.self) : nil
    }

    private var percentDecodedBytes: (bytes: [UInt8], isSound: Bool) {
        var bytes: [UInt8] = []
        var isSound = true
        var rest = self.utf8[...]
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else if let high = rest.first?.hexDigit, let low = rest.dropFirst().first?.hexDigit {
                bytes.append(UInt8(high << 4 | low))
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
                isSound = false
            }
        }
        return (bytes, isSound)
    }

    /// One segment of a path: everything but letters, digits and `-._~` as `%2F`.
    package var percentEncoded: String {
        self.utf8.reduce(into: "") { text, byte in
            switch byte {
            case _ where byte.isAlphanumeric, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}

extension UInt8 {
    /// `%`, which begins an escape.
    @inlinable package var beginsEscape: Bool { self == UInt8(ascii: "%") }
}
