import Auth

/// The handshake's key and the answer that proves the other end speaks WebSocket (RFC 6455 §1.3).
enum WebSocketKey {
    private static let salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// 16 random bytes in base64.
    static func random() -> String {
        ByteText.base64(RandomBytes.make(count: 16))
    }

    static func accept(for key: String) -> String {
        ByteText.base64(SHA1Digest.bytes(of: key + self.salt))
    }
}
