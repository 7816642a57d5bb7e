/// The public half of an Ed25519 key: who signed, and whether the signature holds.
package struct VerifyingKey: Hashable, Sendable {
    /// A key is exactly this long; other lengths never become a `VerifyingKey`.
    package static let byteCount = 32

    let bytes: [32 of UInt8]
    /// SHA-256 of the raw key, from which the key id and the stable agent id are cut.
    package let digest: SHA256Digest

    init(bytes: [32 of UInt8]) {
        self.bytes = bytes
        self.digest = SHA256Digest(of: bytes.span)
    }

    /// `nil` unless there are exactly 32 bytes, and a key that `lookout keygen` or another signer can have made: with a point
    /// of small order, all zeros among them, signatures without a private key are thinkable.
    package init?(rawBytes: [UInt8]) {
        guard let bytes = [32 of UInt8](copying: rawBytes.span), Sodium.isPublicKey(bytes.span) else { return nil }
        self.init(bytes: bytes)
    }

    package var rawBytes: [UInt8] { Array(copying: self.bytes.span) }

    /// What a request names its key by: the first 8 bytes of the digest as 16 lowercase hex digits.
    package var keyID: String { String(self.digest.hex.prefix(16)) }

    /// The key id as a number, for tables.
    var keyNumber: UInt64 {
        (0..<8).reduce(0) { $0 << 8 | UInt64(self.digest.bytes[$1]) }
    }

    /// An agent id that survives restarts: the first 32 hex digits of the digest in UUID layout.
    package var stableAgentID: String {
        var rest = self.digest.hex[...]
        let groups = [8, 4, 4, 4, 12].map { length in
            let group = rest.prefix(length)
            rest = rest.dropFirst(length)
            return String(group)
        }
        return groups.joined(separator: "-")
    }

    /// The line for the controller's or agent's key file, without a line feed.
    ///
    /// - Parameter comment: appended after a space unless empty.
    /// - Throws: `.malformed` if the comment contains a line break, which would add a line of its own to the file.
    package func authorizedKeysLine(comment: String = "") throws(KeyFileError) -> String {
        guard !comment.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) else {
            throw KeyFileError(.badComment, "the key comment contains a line break")
        }
        let line = "ed25519 \(ByteText.base64(self.bytes.span, .standard))"
        return comment.isEmpty ? line : "\(line) \(comment)"
    }

    package func isValid(_ signature: Signature, of message: Span<UInt8>) -> Bool {
        Sodium.verify(signature.bytes.span, of: message, publicKey: self.bytes.span)
    }

    package static func == (left: VerifyingKey, right: VerifyingKey) -> Bool {
        left.digest == right.digest
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.digest)
    }
}

/// An Ed25519 signature: 64 bytes, on the wire 86 characters of base64url without padding.
package struct Signature: Hashable, Sendable {
    let bytes: [64 of UInt8]

    init(bytes: [64 of UInt8]) {
        self.bytes = bytes
    }

    /// Reads the wire form; `nil` for padding, the other alphabet, or any length but 64 bytes.
    package init?(base64url text: some StringProtocol) {
        // The count is checked first so that a huge header costs nothing.
        guard text.utf8.count == 86, let decoded = ByteText.decode(text, .urlUnpadded),
            let bytes = [64 of UInt8](copying: decoded.span)
        else { return nil }
        self.bytes = bytes
    }

    package var base64url: String { ByteText.base64(self.bytes.span, .urlUnpadded) }

    package static func == (left: Signature, right: Signature) -> Bool {
        Sodium.areEqual(left.bytes.span, right.bytes.span)
    }

    package func hash(into hasher: inout Hasher) {
        for index in self.bytes.indices {
            hasher.combine(self.bytes[index])
        }
    }
}
