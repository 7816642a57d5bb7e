import CCrypto

/// The challenge of a WebSocket opening handshake and its answer (RFC 6455 §4.1).
///
/// It proves only that the other end speaks WebSocket, which is why the old SHA-1 is good enough for it.
package struct HandshakeKey: Sendable {
    private static let salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Value of `Sec-WebSocket-Key`: 16 random bytes in base64.
    package let text: String

    package static func random() -> HandshakeKey {
        var bytes = [16 of UInt8](repeating: 0)
        var span = bytes.mutableSpan
        Sodium.fillWithRandomBytes(&span)
        return HandshakeKey(text: ByteText.base64(bytes.span, .standard))
    }

    package init(text: String) {
        self.text = text
    }

    /// The `Sec-WebSocket-Accept` that fits.
    package var accept: String {
        let input = Array((self.text + Self.salt).utf8)
        var digest = [20 of UInt8](repeating: 0)
        var span = digest.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { digest in
            unsafe input.withUnsafeBufferPointer { input in
                _ = unsafe SHA1(input.baseAddress, input.count, digest.baseAddress)
            }
        }
        return ByteText.base64(digest.span, .standard)
    }
}
