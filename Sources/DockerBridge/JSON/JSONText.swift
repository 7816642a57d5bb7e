/// Questions about a whole JSON text.
package enum JSONText {
    package enum Kind: Sendable {
        case object
        case array
        case string
        case number
        case bool
        case null
    }

    /// The kind of `bytes` if they are exactly one JSON value (white space around it allowed) in valid UTF-8.
    package static func validate(_ bytes: UnsafeRawBufferPointer) -> Kind? {
        var scanner = JSONScanner(bytes)
        guard let range = try? scanner.skipValue() else { return nil }
        scanner.skipWhitespace()
        guard scanner.isAtEnd, UTF8Check.isValid(bytes) else { return nil }
        return switch bytes[range.lowerBound] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }
}
