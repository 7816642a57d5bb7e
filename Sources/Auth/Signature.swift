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
