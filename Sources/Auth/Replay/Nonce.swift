/// Makes one signed request unlike any other: 16 random bytes, written as 32 lowercase hex digits.
package struct Nonce: Hashable, Sendable, CustomStringConvertible {
    private let bytes: SIMD16<UInt8>

    /// Reads the wire form; `nil` unless the text is exactly 32 lowercase hex digits.
    package init?(_ text: some StringProtocol) {
        var bytes = SIMD16<UInt8>()
        var count = 0
        for digit in text.utf8 {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            guard count < 32 else { return nil }
            bytes[count / 2] = bytes[count / 2] << 4 | value
            count += 1
        }
        guard count == 32 else { return nil }
        self.bytes = bytes
    }

    init(raw bytes: [16 of UInt8]) {
        var vector = SIMD16<UInt8>()
        for index in bytes.indices {
            vector[index] = bytes[index]
        }
        self.bytes = vector
    }

    var raw: [16 of UInt8] { [16 of UInt8] { self.bytes[$0] } }

    package static func random() -> Nonce {
        var bytes = [16 of UInt8](repeating: 0)
        var span = bytes.mutableSpan
        Sodium.fillWithRandomBytes(&span)
        return Nonce(raw: bytes)
    }

    package var description: String {
        let bytes = self.raw
        return ByteText.hex(bytes.span)
    }
}
