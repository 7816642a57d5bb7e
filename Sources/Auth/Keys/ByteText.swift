import Base
import CSodium

/// Bytes as text and back: lowercase hex, and base64 in the two alphabets that our formats use.
///
/// Decoding is strict: the alphabet and the padding must be the named ones, unused bits must be zero.
package enum ByteText {
    /// An alphabet with its rule for padding; the raw value is libsodium's number for it.
    package enum Base64: Int32 {
        /// `+` and `/`, padded with `=`: keys in files, PEM.
        case standard = 1
        /// `+` and `/`, never padded: the salt and hash of an Argon2id string.
        case standardUnpadded = 3
        /// `-` and `_`, never padded: signatures on the wire.
        case urlUnpadded = 7

        func textBytes(for byteCount: Int) -> Int {
            self == .standard ? (byteCount + 2) / 3 * 4 : (byteCount * 4 + 2) / 3
        }
    }

    static func hex(_ bytes: Span<UInt8>) -> String {
        unsafe String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            for index in bytes.indices {
                unsafe text[index * 2] = (bytes[index] >> 4).lowHexDigit
                unsafe text[index * 2 + 1] = bytes[index].lowHexDigit
            }
            return bytes.count * 2
        }
    }

    static func base64(_ bytes: Span<UInt8>, _ alphabet: Base64) -> String {
        var text = [UInt8](repeating: 0, count: alphabet.textBytes(for: bytes.count) + 1)
        var span = text.mutableSpan
        self.encode(bytes, alphabet, into: &span)
        return String(decoding: text.dropLast(), as: UTF8.self)
    }

    /// Writes the base64 text of `bytes` and a NUL behind it into `text` from `offset` on.
    static func encode(
        _ bytes: Span<UInt8>,
        _ alphabet: Base64,
        into text: inout MutableSpan<UInt8>,
        at offset: Int = 0
    ) {
        precondition(text.count - offset > alphabet.textBytes(for: bytes.count), "no room for the closing NUL")
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe text.withUnsafeMutableBytes { text in
                _ = unsafe sodium_bin2base64(
                    text.baseAddress!.advanced(by: offset).assumingMemoryBound(to: CChar.self),
                    text.count - offset,
                    bytes.baseAddress,
                    bytes.count,
                    alphabet.rawValue
                )
            }
        }
    }

    package static func decode(_ text: some StringProtocol, _ alphabet: Base64) -> [UInt8]? {
        let text = Array(text.utf8)
        return self.decode(text.span, alphabet) { Array(copying: $0) }
    }

    /// Decodes into memory that is wiped; `nil` if the text is not strictly base64 or holds no byte.
    package static func decodeSecret(_ text: Span<UInt8>, _ alphabet: Base64) -> SecretBytes? {
        self.decode(text, alphabet) { $0.isEmpty ? nil : SecretBytes(copying: $0) } ?? nil
    }

    private static func decode<R: ~Copyable>(
        _ text: Span<UInt8>,
        _ alphabet: Base64,
        _ body: (Span<UInt8>) -> R
    ) -> R? {
        var written = -1
        let decoded = SecretBytes(count: text.count + 1) { bytes in
            written = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
                unsafe text.withUnsafeBufferPointer { unsafe self.sodiumDecode($0, alphabet, into: bytes) }
            }
        }
        guard written >= 0 else { return nil }
        return decoded.withBytes { body($0.extracting(first: written)) }
    }

    private static func sodiumDecode(
        _ text: UnsafeBufferPointer<UInt8>,
        _ alphabet: Base64,
        into bytes: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        unsafe text.withMemoryRebound(to: CChar.self) { text in
            var length = 0
            let status = unsafe sodium_base642bin(
                bytes.baseAddress!,
                bytes.count,
                text.baseAddress,
                text.count,
                nil,
                &length,
                nil,
                alphabet.rawValue
            )
            return status == 0 ? length : -1
        }
    }
}

extension Array where Element == UInt8 {
    init(copying bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    }
}

extension InlineArray where Element == UInt8 {
    /// Copies exactly `count` bytes; `nil` for any other length.
    init?(copying bytes: Span<UInt8>) {
        guard bytes.count == Self.count else { return nil }
        self.init { bytes[$0] }
    }
}
